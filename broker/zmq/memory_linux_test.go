package zmq_test

import (
	"bytes"
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
	peer, err := zmtp.Dial(t.Context(), router.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	defer zmq.Trim()
	messages := bytes.Repeat(zmtp.Append(nil, [][]byte{make([]byte, size)}), window)
	pass := func() {
		written := make(chan error, 1)
		go func() {
			_, err := peer.Write(messages)
			written <- err
		}()
		for range window {
			routerRecv(t, router)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	}
	pass()
	before := faults(t)
	for range rounds {
		pass()
	}
	pages := rounds * window * size / os.Getpagesize()
	if got := faults(t) - before; got > pages/2 {
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
