package sim

import (
	"time"

	"bcp/broker"
	"bcp/broker/answer"
	"bcp/broker/wire"
	"bcp/journal"
)

// commit writes the next batch. It is on the disk at some moment between the
// call and its return, and a crash can come before or after.
func (p *process) commit() {
	w := p.w
	b := p.next
	b.prune = p.pruneDue && !p.stopping
	p.flight, p.next, p.pruneDue, p.pruneAlone = &b, batch{}, false, false
	if w.mistake == SendBeforeCommit {
		p.deliver(b.sends)
		b.sends = nil
	}
	if len(b.records) == 0 && !b.prune {
		w.after(0, p.inLife(p.land))
		return
	}
	whole := w.upTo(w.plan.commit)
	w.after(w.upTo(whole), p.inLife(func() { p.write(&b, whole) }))
}

// inLife is a step of this life of the process.
func (p *process) inLife(step func()) func() {
	life := p.life
	return func() {
		if p.up && p.life == life {
			step()
		}
	}
}

// write puts a batch on the disk and lets the commit return after the time.
func (p *process) write(b *batch, rest time.Duration) {
	w := p.w
	if w.fault(w.plan.commitFail) {
		p.store.FailNext(pick(w, []journal.Fault{journal.FaultLost, journal.FaultApplied}))
	}
	w.cover.records(b.records)
	err := p.record(b)
	w.note("broker: commit of %d records: %v", len(b.records), err)
	w.oracle.committed(b.records)
	if err != nil && w.mistake != SurviveFailedCommit {
		p.crash("of a failed commit")
		return
	}
	if p.passes("after its commit") {
		w.after(w.upTo(rest), p.inLife(p.land))
	}
}

// land takes in that the commit has returned, and delivers what waited for it.
func (p *process) land() {
	b := p.flight
	p.flight = nil
	if !b.empty() {
		p.core.Committed(b.mark)
	}
	p.deliver(b.sends)
	if p.up {
		p.step()
	}
}

// deliver performs the sends, in order. The core takes back what doesn't leave.
func (p *process) deliver(sends []broker.Send) {
	for i, s := range sends {
		if !p.passes("between its sends") {
			p.w.oracle.unsent(sends[i:]...)
			return
		}
		if !p.queue(s) && p.pass(s) {
			p.holdBack(p.openLane(s.To), s)
		}
	}
}

func (p *process) deliverOne(s broker.Send, m wire.Message) {
	w := p.w
	if m = w.garble(s, m); m == nil {
		return
	}
	if s.To.Dialect == wire.Local {
		w.operator.take(s, m)
		return
	}
	frames, err := wire.Encode(nil, s.To.Dialect, m)
	if err != nil {
		w.oracle.unsaid(s, m, err)
		return
	}
	w.note("broker -> %s: %v", w.net.peerName(s.To), text{m})
	w.cover.send(m)
	w.oracle.leaving(s, m)
	if !w.net.deliver(s.To.Route, frames) {
		w.note("broker: not delivered")
		w.cover.add("fault", "send not delivered")
		w.oracle.unsent(s)
		w.oracle.unreached(s.To)
		p.core.Unreachable(p.instant(), s)
		p.gather() // so that the oracle knows of it when the next send shows how things stand
	}
}

// load returns the message of a send with its payload.
func (p *process) load(s broker.Send) (wire.Message, bool) {
	if answer.Fills(&s) {
		return p.loadFound(s)
	}
	switch m := s.Msg.(type) {
	case *wire.Dispatch:
		return p.loadAttempt(s, *m)
	case *wire.Ended:
		if s.Load == broker.LoadResult {
			loaded := *m
			result, err := p.store.Result(s.Task)
			loaded.Result = result
			return &loaded, err == nil
		}
	}
	return s.Msg, true
}

// loadAttempt returns a dispatch with what the attempt is given.
func (p *process) loadAttempt(s broker.Send, m wire.Dispatch) (_ wire.Message, ok bool) {
	var err error
	if m.Body, err = p.store.Body(m.BodyOf()); err == nil && s.Load == broker.LoadAttempt {
		m.Checkpoint, err = p.store.Checkpoint(s.Task)
	}
	return &m, err == nil
}

// unreadable handles a send whose payload is not there: the task of a dispatch
// that ended before it left, or an end that is forgotten.
func (p *process) unreadable(s broker.Send) {
	if s.Load == broker.LoadResult && p.w.oracle.isGone(s.Task) {
		p.w.cover.add("kept", "an end is told when it is forgotten")
		p.core.Pruned(s)
		return
	}
	m, ok := s.Msg.(*wire.Dispatch)
	if !ok || !p.w.oracle.hasEnded(s.Task) {
		p.w.fail("the payload of %v is not in the journal", text{s.Msg})
	}
	p.w.cover.add("fault", "dispatch of an ended task")
	p.core.Step(p.instant(), s.To, &wire.Outcome{Ref: m.Ref, Verdict: wire.VerdictRefused, Text: "no body"})
}
