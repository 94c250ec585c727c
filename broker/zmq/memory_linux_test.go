package zmq_test

import (
	"context"
	"io"
	"os"
	"syscall"
	"testing"

	"bcp/broker/zmq"
	"bcp/broker/zmtp"
)

// Messages that follow each other lie in the same memory.
func TestMemoryIsUsedAgain(t *testing.T) {
	const size, window, rounds = 64 << 10, 64, 32
	router := listen(t, "tcp://127.0.0.1:*")
	peer, err := zmtp.Dial(context.Background(), router.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	if _, err := peer.Write(zmtp.Append(nil, message("hello"))); err != nil {
		t.Fatal(err)
	}
	route, _ := routerRecv(t, router)

	frames := [][]byte{make([]byte, size)}
	taken := make([]byte, window*len(zmtp.Append(nil, frames)))
	pass := func() {
		for range window {
			if err := router.Send(route, frames); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := io.ReadFull(peer, taken); err != nil {
			t.Fatal(err)
		}
	}
	defer zmq.Trim()
	pass()
	before := faults(t)
	for range rounds {
		pass()
	}
	pages := rounds * window * size / os.Getpagesize()
	if got := faults(t) - before; got > pages/4 {
		t.Errorf("%d pages were mapped anew for messages of %d", got, pages)
	}
}

// faults returns how many pages this process has had mapped.
func faults(t *testing.T) int {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return int(u.Minflt)
}
