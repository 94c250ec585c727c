package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/journal"
)

// An outcome that has not left the socket's queue is not due to be sent again.
func TestWhatHasNotLeftIsNotDue(t *testing.T) {
	l := loopTo(t, "ipc://"+t.TempDir()+"/nobody")
	l.mu.Lock()
	defer l.mu.Unlock()
	ref := wire.Ref{Task: journal.ID{1}, Attempt: 1}
	l.session.Open(0)
	l.session.Step(0, &wire.Welcome{HeartbeatMS: 3_600_000, BodyMax: wire.MaxBody})
	l.session.Step(0, &wire.Dispatch{Ref: ref, Seq: 1, Service: "w"})
	l.session.Ended(0, wire.Outcome{Ref: ref, Verdict: wire.VerdictDone, Payload: make([]byte, 8<<20)})
	if at, _ := l.session.NextDeadline(); at > time.Minute {
		t.Fatalf("it is due in %v while there is room", at)
	}
	l.perform()
	if at, _ := l.session.NextDeadline(); at < time.Minute {
		t.Errorf("it is due in %v, and has not left", at)
	}
}

// loopTo makes a loop that takes no turns but what comes over its socket.
func loopTo(t *testing.T, broker string) *loop {
	t.Helper()
	w, err := New(Config{
		Broker: broker, Name: "w",
		Handler: func(context.Context, *Task) ([]byte, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoop(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.dealer.Close)
	return l
}

// The dealer's goroutine reads on when the worker has come to its end, and what it had read
// before isn't good any more: Run's goroutine leaves that alone.
func TestNothingIsTakenInAfterTheEnd(t *testing.T) {
	router, err := zmq.Listen([]string{"ipc://" + t.TempDir() + "/broker"}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close()
	l := loopTo(t, router.Endpoints()[0])
	l.mu.Lock()
	l.session.Open(0)
	l.perform()
	l.out.stage = left
	l.mu.Unlock()

	route, _, err := router.Recv(nil)
	for ; errors.Is(err, zmq.ErrEmpty); route, _, err = router.Recv(nil) {
		<-router.Readable()
	}
	welcome, bad := wire.Encode(nil, wire.BCP2Worker, &wire.Welcome{HeartbeatMS: 3_600_000, BodyMax: wire.MaxBody})
	if err := errors.Join(err, bad, router.Send(route, welcome)); err != nil {
		t.Fatal(err)
	}
	<-l.mailbox.filled // the dealer's goroutine has found that it is over
	l.timer.Reset(0)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wait()
	if _, err := l.dealer.Recv(nil); err != nil {
		t.Errorf("what has come is taken in: %v", err)
	}
}
