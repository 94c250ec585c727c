package zmtp_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/broker/zmtp"
	"bcp/journal"
)

// submit returns the message of a request, some of them too large to go with others.
func submit(req uint32) *wire.Submit {
	sizes := []int{0, 200, 20 << 10, 1, 3 << 10}
	spec := &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "s"}, Tries: 1}
	return &wire.Submit{Req: req, Spec: spec, Body: make([]byte, sizes[req%uint32(len(sizes))])}
}

// A sender whose broker does not listen yet fills the socket's queue, and then its
// own: all must come, once and in order, also as there is room in the middle of a batch.
func TestSenderKeepsTheOrder(t *testing.T) {
	t.Run("single", func(t *testing.T) { testOrder(t, func(*zmtp.Sender) {}) })
	t.Run("bundles", func(t *testing.T) { testOrder(t, takeBundles(t)) })
}

// takeBundles has a sender learn that its broker takes bundles.
func takeBundles(t *testing.T) func(*zmtp.Sender) {
	return func(s *zmtp.Sender) {
		t.Helper()
		if err := s.Hear([][]byte{wire.EmptyBundle(wire.BCP2Client)}, func(wire.Message) { t.Error("heard a message") }); err != nil {
			t.Fatal(err)
		}
	}
}

func testOrder(t *testing.T, prepare func(*zmtp.Sender)) {
	const count = 50000
	endpoint := "ipc://" + filepath.Join(t.TempDir(), "broker")
	dealer := dial(t, endpoint)
	sender := zmtp.NewSender(dealer, wire.BCP2Client, func(err error) { t.Error(err) })
	prepare(sender)
	for req := range uint32(count) {
		sender.Send(submit(req))
		if req%7 == 0 && sender.Waiting() < 100 {
			sender.Flush()
		}
	}
	if sender.Waiting() < count/2 {
		t.Fatal("the socket's queue takes most: little is tested")
	}
	router := listen(t, endpoint)
	read := make(chan error, 1)
	go func() { read <- inOrder(router, count) }()
	for sender.Waiting() > 0 {
		await(t, dealer.Readable())
		sender.Flush()
		_, _ = dealer.Recv(nil) // or it does not get readable again
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
}

// inOrder takes in so many submits, also those in bundles.
func inOrder(router *zmq.Router, count uint32) (bad error) {
	next := uint32(0)
	for next < count && bad == nil {
		_, frames, err := router.Recv(nil)
		for errors.Is(err, zmq.ErrEmpty) {
			select {
			case <-router.Readable():
			case <-time.After(patience):
				return errors.New("nothing arrived")
			}
			_, frames, err = router.Recv(nil)
		}
		if err != nil {
			return err
		}
		take := func(frames [][]byte) {
			_, m, err := wire.Decode(frames, wire.ToBroker)
			got, ok := m.(*wire.Submit)
			if err != nil || !ok || got.Req != next || len(got.Body) != len(submit(next).Body) {
				bad = fmt.Errorf("got %+v, %v in place of request %d", m, err, next)
			}
			next++
		}
		if _, bundled := wire.IsBundle(frames); !bundled {
			take(frames)
		} else if err := wire.Unbundle(frames, take); err != nil {
			return err
		}
	}
	return bad
}

func TestSenderTellsWhatCannotBeSaid(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	var failed []error
	sender := zmtp.NewSender(dealer, wire.BCP2Client, func(err error) { failed = append(failed, err) })
	sender.Send(submit(1))
	sender.Send(&wire.Query{Req: 2}) // names no task
	sender.Send(submit(3))
	sender.Flush()
	var no *wire.Error
	if len(failed) != 1 || !errors.As(failed[0], &no) || no.Req != 2 || sender.Waiting() != 0 {
		t.Errorf("failed: %v; %d messages wait", failed, sender.Waiting())
	}
	for _, req := range []uint32{1, 3} {
		frames := receive(t, router)
		if _, m, err := wire.Decode(frames[1:], wire.ToBroker); err != nil || m.(*wire.Submit).Req != req {
			t.Fatalf("got %+v, %v in place of request %d", m, err, req)
		}
	}
}

func TestSenderDiscards(t *testing.T) {
	dealer := dial(t, "ipc://"+filepath.Join(t.TempDir(), "broker"))
	sender := zmtp.NewSender(dealer, wire.BCP2Client, func(err error) { t.Error(err) })
	sender.Send(submit(1))
	sender.Discard()
	if sender.Waiting() != 0 {
		t.Errorf("%d messages wait", sender.Waiting())
	}
}

// A sender is congested long before its socket's queue is full, and no more when what waited
// there is dropped.
func TestSenderIsCongested(t *testing.T) {
	dealer := dial(t, "ipc://"+filepath.Join(t.TempDir(), "broker"))
	sender := zmtp.NewSender(dealer, wire.BCP2Client, func(err error) { t.Error(err) })
	for n := range 16 {
		sender.Send(&wire.Submit{Spec: submit(0).Spec, Body: make([]byte, 20<<10)})
		sender.Flush()
		if is, want := sender.Congested(), n >= 12; is != want { // with 13 of them 260 KiB wait
			t.Errorf("congested with %d messages: %v", n+1, is)
		}
	}
	if sender.Waiting() > 0 {
		t.Errorf("%d messages found no room", sender.Waiting())
	}
	if dealer.Reconnect(); sender.Congested() {
		t.Error("congested, and nothing waits")
	}
}

// A sender says that it takes bundles when it is welcomed, sends some when it has
// received one, and no more when they are refused.
func TestSenderLearnsToBundle(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	sender := zmtp.NewSender(dealer, wire.BCP2Client, func(err error) { t.Error(err) })
	ask := func(want ...bool) {
		t.Helper()
		sender.Send(submit(1))
		sender.Send(submit(1))
		sender.Flush()
		for n, want := range want {
			frames := receive(t, router)
			if _, got := wire.IsBundle(frames[1:]); got != want {
				t.Fatalf("message %d is a bundle: %v, want %v", n, got, want)
			}
		}
	}
	told := func(m wire.Message) {
		t.Helper()
		frames, err := wire.Encode(nil, wire.BCP2Client, m)
		if err == nil {
			err = sender.Hear(frames, func(got wire.Message) {
				if got == nil {
					t.Error("heard no message")
				}
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ask(false, false)
	told(&wire.Welcome{})
	ask(true, false, false)
	takeBundles(t)(sender)
	ask(true)
	told(&wire.Refuse{Req: 1, Code: wire.CodeUnsupported})
	ask(true)
	told(&wire.Refuse{Code: wire.CodeUnsupported})
	ask(false, false)
}
