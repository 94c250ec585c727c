//go:build !race

// The race detector maps memory of its own for all that is allocated.

package zmq_test

import (
	"os"
	"syscall"
	"testing"

	"bcp/broker/zmq"
	"bcp/broker/zmtp"
)

// Messages that follow each other lie in the same memory, also where each is larger than the
// one before: the C library by itself maps such a one anew.
func TestMemoryIsUsedAgain(t *testing.T) {
	const least, growth, messages = 256 << 10, 4 << 10, 200
	router := listen(t, "tcp://127.0.0.1:*")
	peer, err := zmtp.Dial(t.Context(), router.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	defer zmq.Trim()
	body := make([]byte, least+messages*growth)
	message := zmtp.Append(nil, [][]byte{body})
	bytes, before := 0, faults(t)
	for i := range messages {
		message = zmtp.Append(message[:0], [][]byte{body[:least+i*growth]})
		bytes += len(message)
		written := make(chan error, 1)
		go func() {
			_, err := peer.Write(message)
			written <- err
		}()
		routerRecv(t, router)
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	}
	pages := bytes / os.Getpagesize()
	if got := faults(t) - before; got > pages*7/8 {
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
