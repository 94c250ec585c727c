package zmq_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"bcp/broker/wire"
	"bcp/broker/zmq"
)

// Somebody who listens, and has not taken those who wait, keeps the address.
func TestBusySocketIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broker")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := net.Dial("unix", path)
		if err != nil {
			break // there is no room for more
		}
		defer conn.Close()
	}
	before, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if router, err := zmq.Listen([]string{"ipc://" + path}, wire.MaxBody); !errors.Is(err, zmq.ErrAddressInUse) {
		t.Errorf("listen: %v", err)
		closeSocket(t, router)
	}
	if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file is another's: %v", err)
	}
}
