package worker_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/worker"
)

// TestFlood has a handler say more than anybody wants to read: few words are
// sent, the first at once and the last before the end, with all its pairs.
func TestFlood(t *testing.T) {
	const words = 10_000
	b := newBroker(t)
	b.run(worker.Config{
		Handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
			for i := range words {
				if err := task.Set(fmt.Sprint("n", i%3), fmt.Sprint(i)); err != nil {
					return nil, err
				}
				task.Progress(float32(i)/words, fmt.Sprint("word ", i))
			}
			task.Progress(float32(math.Inf(1)), "all said")
			return nil, errors.Join(task.Set("n0", ""), task.Set("n1", "last"))
		},
	})
	b.give()
	said := b.words()
	if len(said) == 0 || len(said) > words/100 {
		t.Fatalf("%d words were sent of %d", len(said), words)
	}
	last := said[len(said)-1]
	if last.Fraction != 1 || last.Text != "all said" || !slices.Equal(last.Pairs, []string{"n1=last", "n2=9998"}) {
		t.Errorf("last word %+v", last)
	}
}

// words returns what an attempt says until it is done.
func (b *broker) words() (said []*wire.Progress) {
	b.Helper()
	for {
		switch m := b.receive().(type) {
		case *wire.Progress:
			said = append(said, m)
		case *wire.Outcome:
			if m.Verdict != wire.VerdictDone {
				b.Errorf("outcome %+v", m)
			}
			b.send(&wire.OutcomeAck{Ref: m.Ref})
			return said
		}
	}
}

// A fraction that is none tells that it is unknown.
func TestUnknownFraction(t *testing.T) {
	fractions := []float32{float32(math.NaN()), float32(math.Inf(-1)), -0.5}
	b := newBroker(t)
	b.run(worker.Config{
		Handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
			task.Progress(fractions[task.Attempt-1], "at work")
			return nil, nil
		},
	})
	b.welcome()
	for i, fraction := range fractions {
		b.send(&wire.Dispatch{Ref: wire.Ref{Task: first.Task, Attempt: uint32(i + 1)}, Seq: uint64(i + 1)})
		if said := b.words(); len(said) != 1 || said[0].Fraction >= 0 || said[0].Text != "at work" {
			t.Errorf("%v is told as %+v", fraction, said)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	b := newBroker(t)
	b.run(worker.Config{
		Handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
			for i := range wire.MaxPairs {
				if err := task.Set(fmt.Sprint("n", i), "x"); err != nil {
					t.Error(err)
				}
			}
			for name, says := range map[string]string{
				"one more": "without spaces", "": "without spaces", "a=b": "a name without", "more": "at most 16",
				strings.Repeat("n", wire.MaxName): "at most 255 bytes",
			} {
				if err := task.Set(name, "x"); err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("set %q: %v", name, err)
				}
			}
			return nil, nil
		},
	})
	b.give()
	b.outcome()
}
