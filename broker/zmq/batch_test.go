package zmq_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/broker/zmtp"
)

// sized returns a message for each number, of two frames or three: some are larger
// than what is taken in at once, and some are just as large.
func sized(n int) [][]byte {
	sizes := []int{0, 1, 33, 200, 16 << 10, 16<<10 + 1, 64 << 10, 64<<10 + 1}
	frames := [][]byte{{byte(n), byte(n >> 8)}, bytes.Repeat([]byte{byte(n)}, sizes[n%len(sizes)])}
	if n%5 == 0 {
		frames = append(frames, bytes.Repeat([]byte{byte(n)}, sizes[n/5%len(sizes)]))
	}
	return frames
}

// fillQueues sends messages until the other side's queue is full, and returns how many.
func fillQueues(t *testing.T, send func(n int) error) (sent int) {
	t.Helper()
	untilError(t, func() error {
		err := send(sent)
		if err == nil {
			sent++
		}
		return err
	}, zmq.ErrCongested)
	return sent
}

// checkSized tells whether the frames are those of the number, also of messages
// before: nobody may write over what was received.
func checkSized(t *testing.T, received [][][]byte) {
	t.Helper()
	for n, frames := range received {
		if !slices.EqualFunc(frames, sized(n), bytes.Equal) {
			t.Fatalf("message %d is not what was sent: %d frames", n, len(frames))
		}
	}
}

func TestRouterReceivesFramesOfEverySize(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	received := make([][][]byte, fillQueues(t, func(n int) error {
		err := dealer.Send(sized(n))
		dealer.Flush()
		return err
	}))
	first := ""
	for n := range received {
		var route string
		if route, received[n] = routerRecv(t, router); n == 0 {
			first = route
		}
		if route != first {
			t.Fatalf("message %d is of %q, and the first one of %q", n, route, first)
		}
	}
	checkSized(t, received)
}

// A message's only frame is what was sent until the next is taken in, and its route is its
// sender's, also where it is the last of what was taken in at once.
func TestRouterReceivesSingleFrames(t *testing.T) {
	const count = 3000
	router := listen(t, "tcp://127.0.0.1:*")
	frame := func(peer, n int) []byte { return bytes.Repeat([]byte{byte(peer), byte(n), byte(n >> 8)}, 1+n%97) }
	var peers [3]*zmtp.Dealer
	for i := range peers {
		peers[i] = dial(t, router.Endpoints()[0])
	}
	routes, next := map[string]int{}, [len(peers)]int{}
	for n := range count {
		for i, peer := range peers {
			send(t, peer, string(frame(i, n)))
		}
	}
	for range count * len(peers) {
		route, frames := routerRecv(t, router)
		peer, known := routes[route]
		if !known {
			peer = int(frames[0][0])
			routes[route] = peer
		}
		if want := frame(peer, next[peer]); len(routes) > len(peers) || len(frames) != 1 || !bytes.Equal(frames[0], want) {
			t.Fatalf("message %d of peer %d, %q, has %d frames and begins with %x", next[peer], peer, route, len(frames), frames[0][:3])
		}
		next[peer]++
	}
}

func TestDealerReceivesFramesOfEverySize(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer, route := greet(t, router)
	received := make([][][]byte, fillQueues(t, func(n int) error { return router.Send(route, sized(n)) }))
	for n := range received {
		received[n] = dealerRecv(t, dealer)
	}
	checkSized(t, received)
}

func TestPostedMessagesLeaveInOrder(t *testing.T) {
	const count = 5000
	router := listen(t, "tcp://127.0.0.1:*")
	dealer, route := greet(t, router)
	none := func(place int, err error) { t.Errorf("message %d of a batch: %v", place, err) }
	for n := range count {
		frames := [][]byte{{byte(n), byte(n >> 8)}, nil, make([]byte, n%300)}
		if !router.Post(route, frames) {
			router.Flush(none)
			if !router.Post(route, frames) {
				t.Fatal("an empty batch takes no small message")
			}
		}
	}
	router.Flush(none)
	for n := range count {
		frames := dealerRecv(t, dealer)
		if got := int(frames[0][0]) | int(frames[0][1])<<8; got != n || len(frames) != 3 || len(frames[1]) != 0 || len(frames[2]) != n%300 {
			t.Fatalf("message %d came in place of %d, with %d frames", got, n, len(frames))
		}
	}
}

func TestPostedMessageWithoutPeerFailsAlone(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer, route := greet(t, router)
	for n, to := range []string{route, "nobody", route, "no one", route} {
		router.Post(to, message("head", string(rune('a'+n))))
	}
	var failed []int
	router.Flush(func(place int, err error) {
		if !errors.Is(err, zmq.ErrUnreachable) {
			t.Errorf("message %d: %v", place, err)
		}
		failed = append(failed, place)
	})
	if !slices.Equal(failed, []int{1, 3}) {
		t.Errorf("messages %v failed, want 1 and 3", failed)
	}
	for _, want := range []string{"head|a", "head|c", "head|e"} {
		if got := text(dealerRecv(t, dealer)); got != want {
			t.Fatalf("received %q, want %q", got, want)
		}
	}
	router.Flush(func(int, error) { t.Error("nothing was posted") })
}

func TestLargeMessageIsNotPosted(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	if router.Post("anybody", [][]byte{make([]byte, wire.MaxBody)}) {
		t.Error("a body of the greatest size was gathered")
	}
}
