package worker

import (
	"context"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// An outcome that has not left the socket's queue is not due to be sent again.
func TestWhatHasNotLeftIsNotDue(t *testing.T) {
	w, err := New(Config{
		Broker: "ipc://" + t.TempDir() + "/nobody", Name: "w",
		Handler: func(context.Context, *Task) ([]byte, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLoop(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	defer l.dealer.Close()
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
