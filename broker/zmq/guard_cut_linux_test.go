package zmq

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// A descriptor that is another's by now, or nobody's, is left alone.
func TestGuardCutsNoOther(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for what, c := range map[string]connection{
		"another socket": {fd: pair[0], name: "socket:[1]"},
		"a file":         {fd: int(file.Fd()), name: os.DevNull},
		"nothing":        {fd: 1 << 20, name: "socket:[1]"},
	} {
		if cut, err := c.cut(); cut || err != nil {
			t.Errorf("%s: cut is %t, %v", what, cut, err)
		}
	}
	if _, err := unix.Write(pair[1], []byte("on")); err != nil {
		t.Errorf("the other socket is cut: %v", err)
	}
	_, _ = unix.Close(pair[0]), unix.Close(pair[1])
}
