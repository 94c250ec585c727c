package sim

import (
	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// outcome is how an attempt truly came out at its worker.
type outcome struct {
	worker   string
	instance [16]byte
	verdict  wire.Verdict
	class    string
	result   string
}

// executes takes in that a worker begins to execute an attempt: only one may,
// and only once.
func (o *oracle) executes(ref wire.Ref, worker string, body []byte) {
	if o.executed[ref] {
		o.w.fail("attempt %s-%d is executed again, by %s", ref.Task, ref.Attempt, worker)
	}
	o.executed[ref] = true
	if o.given[ref] != worker {
		o.w.fail("attempt %s-%d is executed by %s, and was given to %s", ref.Task, ref.Attempt, worker, o.given[ref])
	}
	if len(body) == 0 {
		o.w.fail("attempt %s-%d has no body", ref.Task, ref.Attempt)
	}
	o.judgeGiven(ref.Task, body)
}

// finished takes in how an attempt truly came out. A result that is too large
// is a failure.
func (o *oracle) finished(ref wire.Ref, truth outcome) {
	if len(truth.result) > bodyMax {
		truth.verdict, truth.class, truth.result = wire.VerdictFailed, "", ""
	}
	o.truth[ref] = truth
}

// reported takes in what a worker says. Where the network keeps what it is given
// in order, the broker never gives a worker more than it has slots for.
func (o *oracle) reported(m wire.Message) {
	out, ok := m.(*wire.Outcome)
	if ok && out.Verdict == wire.VerdictRefused && !o.executed[out.Ref] && o.w.plan.faithful() {
		o.w.fail("a worker cannot take what it was given: %v", text{m})
	}
}

// forgiveAll notes that a BCP/1 worker can't be asked what became of the attempts that it
// was given.
func (o *oracle) forgiveAll(worker string) {
	for _, ref := range o.refs {
		if o.given[ref] == worker {
			o.forgiven[ref] = true
		}
	}
}

// lost takes in what was lost on its way to a side.
func (o *oracle) lost(frames [][]byte, side wire.Side) {
	if d, m, err := wire.Decode(frames, side); err == nil && d == wire.BCP1Worker {
		o.lostWord(m)
	}
}

// unsent takes in that sends will not leave.
func (o *oracle) unsent(sends ...broker.Send) {
	for _, s := range sends {
		if s.To.Dialect == wire.BCP1Worker {
			o.lostWord(s.Msg)
		}
	}
}

func (o *oracle) lostWord(m wire.Message) {
	switch m := m.(type) {
	case *wire.Stop:
		o.forgiven[m.Ref] = true
	case *wire.Outcome:
		o.forgiven[m.Ref] = true
	}
}

// unwritten takes in that what workers said may not be on the disk.
func (o *oracle) unwritten(records []journal.Record) {
	for i := range records {
		o.forgiven[attempt(&records[i])] = true
	}
}
