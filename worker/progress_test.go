package worker_test

import (
	"context"
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
			return nil, task.Set("n0", "")
		},
	})
	b.welcome()
	b.send(&wire.Dispatch{Ref: first, Seq: 1})
	said, last := 0, &wire.Progress{}
	for {
		m := b.receive()
		if p, ok := m.(*wire.Progress); ok {
			said, last = said+1, p
		} else if o, ok := m.(*wire.Outcome); ok {
			if o.Verdict != wire.VerdictDone {
				t.Errorf("outcome %+v", o)
			}
			b.send(&wire.OutcomeAck{Ref: first})
			break
		}
	}
	if said == 0 || said > words/100 {
		t.Errorf("%d words were sent of %d", said, words)
	}
	if last.Fraction != 1 || last.Text != "all said" || !slices.Equal(last.Pairs, []string{"n1=9997", "n2=9998"}) {
		t.Errorf("last word %+v", last)
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
	b.welcome()
	b.send(&wire.Dispatch{Ref: first, Seq: 1})
	b.outcome()
}
