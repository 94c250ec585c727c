package worker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker"
)

// TestSaveCheckpoint has a handler go on from what an earlier attempt has saved,
// and save again: it waits until the broker has it.
func TestSaveCheckpoint(t *testing.T) {
	b := newBroker(t)
	saved := make(chan error, 1)
	b.run(worker.Config{
		Handler: func(ctx context.Context, task *worker.Task) ([]byte, error) {
			state := append(task.Checkpoint, " b"...)
			err := task.SaveCheckpoint(ctx, state)
			clear(state) // it is the handler's own again
			saved <- err
			return nil, err
		},
	})
	b.welcome()
	b.send(&wire.Dispatch{Ref: first, Seq: 1, Checkpoint: []byte("a")})
	m := next[*wire.Checkpoint](b)
	if m.Ref != first || m.Seq != 1 || string(m.State) != "a b" {
		t.Errorf("checkpoint %+v", m)
	}
	select {
	case err := <-saved:
		t.Errorf("saved before the broker said so: %v", err)
	default:
	}
	b.send(&wire.CheckpointAck{Ref: first, Seq: 1})
	if m := b.outcome(); m.Verdict != wire.VerdictDone {
		t.Errorf("outcome %+v", m)
	}
	if err := <-saved; err != nil {
		t.Error(err)
	}
}

// TestSaveCheckpointStale: an attempt that is not the current one can't save, and
// doesn't wait for ever.
func TestSaveCheckpointStale(t *testing.T) {
	b := newBroker(t)
	saved := make(chan error, 2)
	b.run(worker.Config{
		Handler: func(ctx context.Context, task *worker.Task) ([]byte, error) {
			ctx = context.WithoutCancel(ctx)
			saved <- task.SaveCheckpoint(ctx, []byte("stale"))
			saved <- task.SaveCheckpoint(ctx, []byte("staler"))
			return nil, errors.New("no use")
		},
	})
	b.give()
	for range 2 {
		next[*wire.Checkpoint](b)
		b.send(&wire.Stop{Ref: first})
		if err := <-saved; !errors.Is(err, worker.ErrStopped) {
			t.Errorf("saved: %v", err)
		}
	}
	b.outcome()
}

// TestSaveCheckpointGivenUp: who waits for a broker that is away can stop waiting.
func TestSaveCheckpointGivenUp(t *testing.T) {
	b := newBroker(t)
	why := errors.New("no more time")
	saved := make(chan error, 1)
	b.run(worker.Config{
		Handler: func(ctx context.Context, task *worker.Task) ([]byte, error) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(why)
			saved <- task.SaveCheckpoint(ctx, []byte("state"))
			return nil, nil
		},
	})
	b.give()
	if err := <-saved; !errors.Is(err, why) {
		t.Errorf("saved: %v", err)
	}
	b.outcome()
}

// TestSaveCheckpointSoon: nobody waits, the last one of many is sent before the
// outcome, and few between.
func TestSaveCheckpointSoon(t *testing.T) {
	const states = 10_000
	b := newBroker(t)
	b.run(worker.Config{
		Handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
			if err := task.SaveCheckpointSoon(make([]byte, journal.MaxCheckpoint+1)); err == nil || !strings.Contains(err.Error(), "at most 65535") {
				t.Errorf("too large: %v", err)
			}
			for range states {
				if err := task.SaveCheckpointSoon([]byte("between")); err != nil {
					return nil, err
				}
			}
			return nil, task.SaveCheckpointSoon([]byte("last"))
		},
	})
	b.give()
	sent, last := 0, &wire.Checkpoint{}
	for {
		m := b.receive()
		if c, ok := m.(*wire.Checkpoint); ok {
			sent, last = sent+1, c
			b.send(&wire.CheckpointAck{Ref: c.Ref, Seq: c.Seq})
		} else if _, ok := m.(*wire.Outcome); ok {
			break
		}
	}
	b.send(&wire.OutcomeAck{Ref: first})
	if string(last.State) != "last" || sent > states/100 {
		t.Errorf("%d sent, the last is %+v", sent, last)
	}
}

// TestExtend has a handler change its time-outs: the broker takes one change in,
// and refuses another.
func TestExtend(t *testing.T) {
	b := newBroker(t)
	changed := make(chan error, 2)
	b.run(worker.Config{
		Handler: func(ctx context.Context, task *worker.Task) ([]byte, error) {
			for _, bad := range []error{
				task.Extend(ctx, worker.RunTimeout, -time.Second, ""), task.Extend(ctx, worker.RunTimeout, -time.Microsecond, ""),
				task.Extend(ctx, 7, time.Second, ""),
				task.ExtendSoon(worker.LifeTimeout, 20*365*24*time.Hour, ""),
			} {
				if bad == nil || !strings.Contains(bad.Error(), "accepted") {
					t.Errorf("error %v", bad)
				}
			}
			changed <- task.Extend(ctx, worker.RunTimeout, 2*time.Hour, "large")
			changed <- task.Extend(ctx, worker.SilenceTimeout, time.Microsecond, "")
			return nil, task.ExtendSoon(worker.LifeTimeout, 0, "")
		},
	})
	b.give()
	want := wire.Extend{Ref: first, Seq: 1, Option: journal.OptionRunTimeout, LeftMS: 7_200_000, Text: "large"}
	if m := next[*wire.Extend](b); *m != want {
		t.Errorf("extend %+v, want %+v", *m, want)
	}
	b.send(&wire.ExtendAck{Ref: first, Seq: 1, Option: want.Option})
	if err := <-changed; err != nil {
		t.Error(err)
	}
	m := next[*wire.Extend](b)
	if m.Option != journal.OptionSilenceTimeout || m.LeftMS != 1 {
		t.Errorf("extend %+v", *m)
	}
	b.send(&wire.ExtendAck{Ref: first, Seq: m.Seq, Option: m.Option, Code: wire.CodeNotAllowed, Text: "too often"})
	var refused *wire.Error
	if err := <-changed; !errors.As(err, &refused) || refused.Code != wire.CodeNotAllowed {
		t.Errorf("error %v", err)
	}
	if m := next[*wire.Extend](b); m.Option != journal.OptionLifeTimeout || m.LeftMS != 0 {
		t.Errorf("extend %+v", *m)
	}
	b.outcome()
}
