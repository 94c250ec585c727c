package zmq_test

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"bcp/broker/zmq"
	"bcp/broker/zmtp"
)

// litter has the garbage collector run, and writes over memory that nobody has any more.
func litter(size int) {
	for range 4 {
		runtime.GC()
		runtime.KeepAlive(bytes.Repeat([]byte{0xff}, size))
	}
}

// Of lentCount messages of lentBytes a dealer and the kernel take only some while nobody
// asks for them.
const (
	lentCount = 64
	lentBytes = 32 * zmq.LendMin
)

// lentNumbered returns a message with a frame that is lent.
func lentNumbered(n int) [][]byte {
	return [][]byte{{byte(n)}, bytes.Repeat([]byte{byte(n)}, lentBytes)}
}

// lendMany sends many such messages to a peer, which reads none of them.
func lendMany(t *testing.T, router *zmq.Router) (dealer *zmtp.Dealer, route string) {
	t.Helper()
	dealer, route = greet(t, router)
	for n := range lentCount {
		if err := router.Send(route, lentNumbered(n)); err != nil {
			t.Fatal(err)
		}
	}
	return dealer, route
}

// What is lent is what was sent though the sender has forgotten it, and is given back when
// it has left.
func TestLentFramesLeaveAsTheyWere(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer, _ := lendMany(t, router)
	litter(lentBytes)
	if zmq.Lent() == 0 {
		t.Error("nothing is lent while nobody reads")
	}
	for n := range lentCount {
		if frames := dealerRecv(t, dealer); !slices.EqualFunc(frames, lentNumbered(n), bytes.Equal) {
			t.Fatalf("message %d is not what was sent", n)
		}
	}
	untilNoneIsLent(t)
}

func untilNoneIsLent(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(patience); zmq.Lent() > 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are lent yet", zmq.Lent())
		}
	}
}

// What nobody takes is given back at once, and what has not left when its socket is closed
// then.
func TestLentFramesComeBack(t *testing.T) {
	router, err := zmq.Listen([]string{"tcp://127.0.0.1:*"}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := router.Send("nobody", lentNumbered(1)); !errors.Is(err, zmq.ErrUnreachable) || zmq.Lent() > 0 {
		t.Errorf("a message to nobody: %v, and %d bytes are lent", err, zmq.Lent())
	}
	lendMany(t, router)
	if zmq.Lent() == 0 {
		t.Error("nothing is lent while nobody reads")
	}
	closeSocket(t, router)
	if lent := zmq.Lent(); lent > 0 {
		t.Errorf("%d bytes are lent yet", lent)
	}
}

// A frame that is lent several times, as to several peers, is counted once, until it has left all times.
func TestLentFrameIsCountedOnce(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	peer, route := greet(t, router)
	one := bytes.Repeat([]byte{1}, lentBytes)
	for range lentCount {
		if err := router.Send(route, [][]byte{one}); err != nil {
			t.Fatal(err)
		}
	}
	if lent := zmq.Lent(); lent != lentBytes {
		t.Errorf("%d bytes are lent, not %d", lent, lentBytes)
	}
	for range lentCount {
		dealerRecv(t, peer)
	}
	untilNoneIsLent(t)
}
