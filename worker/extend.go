package worker

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker/session"
)

// Timeout is a time-out of a task that its handler may change. Its value is the
// number of the option.
type Timeout uint8

const (
	RunTimeout     Timeout = journal.OptionRunTimeout     // from the start to the end
	SilenceTimeout Timeout = journal.OptionSilenceTimeout // from one word of the attempt to the next: Progress, Set, SaveCheckpoint, Extend of this
	LifeTimeout    Timeout = journal.OptionLifeTimeout    // from the task's submit to its end
)

// Extend changes a time-out of the task: from now on, left is what remains of it, which may
// be more than before, or less; 0 takes the time-out away. The change holds for the task's
// later attempts as well. For them a RunTimeout is the sum of what this attempt has used up
// and what was left to it. Why is kept in the task's history, under the worker's name.
//
// Extend returns when the change is in the broker's journal; until then it waits for the
// broker. The errors are ctx's, one that wraps ErrStopped if the attempt is not the task's
// current one any more or the worker has left, and the broker's refusal, a *wire.Error,
// such as for a task that was changed too often.
func (t *Task) Extend(ctx context.Context, timeout Timeout, left time.Duration, why string) error {
	m, err := t.extend(timeout, left, why)
	if err != nil {
		return err
	}
	return t.await(ctx, word{kind: wordExtend, extend: m})
}

// ExtendSoon is Extend without waiting. Of many calls in a row the latest counts. A refusal
// by the broker is logged.
func (t *Task) ExtendSoon(timeout Timeout, left time.Duration, why string) error {
	m, err := t.extend(timeout, left, why)
	if err == nil {
		t.mailbox.putSoon(word{task: t, kind: wordExtend, extend: m})
	}
	return err
}

func (t *Task) extend(timeout Timeout, left time.Duration, why string) (*wire.Extend, error) {
	m := &wire.Extend{Ref: t.ref(), Option: uint8(timeout), LeftMS: left.Milliseconds(), Text: why}
	if m.LeftMS == 0 {
		m.LeftMS = int64(cmp.Compare(left, 0)) // 0 would be without end
	}
	o := journal.OptionNumbered(m.Option)
	if o == nil || timeout != RunTimeout && timeout != SilenceTimeout && timeout != LifeTimeout {
		return nil, fmt.Errorf("time-out %d: RunTimeout, SilenceTimeout or LifeTimeout is accepted", timeout)
	}
	if err := o.SetValue(new(journal.Spec), m.LeftMS); err != nil {
		return nil, wire.Errorf(wire.CodeBadOption, "%v", err)
	}
	return m, nil
}

// extended tells those who wait how a change of a time-out came out.
func (l *loop) extended(v *session.Extended) {
	t := l.tasks[v.Ref]
	if t == nil {
		return
	}
	var err error
	switch {
	case v.Stale:
		err = errOver
	case v.Code != 0:
		err = wire.Errorf(v.Code, "%s", v.Text)
	}
	if told := t.tell(subject(v.Option), v.Seq, err); !told && err != nil {
		l.log.Warn("time-out is not changed", "task", t.ID, "attempt", t.Attempt, "error", err)
	}
}
