package zmq_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
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
	const count = 20000
	endpoint := "ipc://" + filepath.Join(t.TempDir(), "broker")
	dealer := dial(t, endpoint)
	sender := zmq.NewSender(dealer, wire.BCP2Client, func(err error) { t.Error(err) })
	for req := range uint32(count) {
		sender.Send(submit(req))
		if req%7 == 0 {
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

// inOrder takes in so many submits.
func inOrder(router *zmq.Router, count uint32) error {
	for req := range count {
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
		_, m, err := wire.Decode(frames, wire.ToBroker)
		if got, ok := m.(*wire.Submit); err != nil || !ok || got.Req != req || len(got.Body) != len(submit(req).Body) {
			return fmt.Errorf("got %+v, %v in place of request %d", m, err, req)
		}
	}
	return nil
}

func TestSenderTellsWhatCannotBeSaid(t *testing.T) {
	router := listen(t, "tcp://127.0.0.1:*")
	dealer := dial(t, router.Endpoints()[0])
	var failed []error
	sender := zmq.NewSender(dealer, wire.BCP2Client, func(err error) { failed = append(failed, err) })
	sender.Send(submit(1))
	sender.Send(&wire.Query{Req: 2}) // names no task
	sender.Send(submit(3))
	sender.Flush()
	var no *wire.Error
	if len(failed) != 1 || !errors.As(failed[0], &no) || no.Req != 2 || sender.Waiting() != 0 {
		t.Errorf("failed: %v; %d messages wait", failed, sender.Waiting())
	}
	for _, req := range []uint32{1, 3} {
		_, frames := routerRecv(t, router)
		if _, m, err := wire.Decode(frames, wire.ToBroker); err != nil || m.(*wire.Submit).Req != req {
			t.Fatalf("got %+v, %v in place of request %d", m, err, req)
		}
	}
}

func TestSenderDiscards(t *testing.T) {
	dealer := dial(t, "ipc://"+filepath.Join(t.TempDir(), "broker"))
	sender := zmq.NewSender(dealer, wire.BCP2Client, func(err error) { t.Error(err) })
	sender.Send(submit(1))
	sender.Discard()
	if sender.Waiting() != 0 {
		t.Errorf("%d messages wait", sender.Waiting())
	}
}
