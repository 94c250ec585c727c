package broker

import "bcp/journal"

// endRest ends the members that have not started, all at once and without rows.
func (b *Broker) endRest(now Instant, g *group, state journal.State, why journal.Reason) {
	if g.whole.Tally.Rest != 0 {
		return
	}
	n := g.whole.Tally.Unstarted()
	b.count(now, g, func(t *journal.Tally) {
		t.Rest, t.RestReason, t.RestMS = state, why, uint64(now.WallMS)
		t.Add(state, why, n)
	})
	b.countEnds(state, uint64(n))
	b.dequeue(g.whole)
	b.schedule(now, g.whole)
}

// tellRest tells the end of members without rows to those who wait for them. The
// group's own record has said why by now.
func (b *Broker) tellRest(now Instant, g *group) {
	for _, t := range byID(g.awaited) {
		delete(g.awaited, t.ID)
		b.noLongerAwaited(t)
		pos, _ := g.whole.Position(t.ID)
		t.Task = g.member(pos)
		b.tellEnd(now, t, nil, false)
		b.settleDependents(now, t)
	}
}

// memberOver sees to the group after one of its members has ended.
func (b *Broker) memberOver(now Instant, g *group) {
	switch {
	case g.busy || g.whole.State.Ended():
	case g.failed() && g.whole.Tally.Stopped == 0:
		b.count(now, g, func(t *journal.Tally) { t.Stopped = 1 })
		b.stopGroup(now, g, journal.Record{Reason: journal.ReasonArrayFailures, Text: g.whole.FailuresText()})
	case g.whole.Tally.Count == 0: // it waits for late joiners
	case g.whole.Tally.Ended() == g.whole.Tally.Count:
		b.endWhole(now, g)
	}
}

// stopGroup ends a group's members: those that have not started or are pending at
// once, the others through their workers. The record says for which reason, who
// asked and why.
func (b *Broker) stopGroup(now Instant, g *group, r journal.Record) {
	g.busy = true
	b.endRest(now, g, journal.Canceled, r.Reason)
	for _, t := range byID(g.members) {
		b.cancelMember(now, t, r)
	}
	g.busy = false
	b.tellRest(now, g)
	if g.whole.Tally.Ended() == g.whole.Tally.Count {
		b.endWhole(now, g)
	}
}

func (b *Broker) cancelMember(now Instant, t *task, r journal.Record) {
	switch {
	case t.State.Ended():
	case t.State == journal.Pending:
		r.State = journal.Canceled
		b.end(now, t, r)
	case t.State != journal.Canceling:
		b.cancelActive(now, t, r.By, r.Text)
	}
}

// endGroup ends a group that has not started, and with it all its members, as the
// record says.
func (b *Broker) endGroup(now Instant, g *group, r journal.Record) {
	g.busy = true
	b.endRest(now, g, r.State, r.Reason)
	for _, t := range byID(g.members) {
		b.end(now, t, r)
	}
	b.endAs(now, g, r)
}

// endWhole ends a group all of whose members have ended.
func (b *Broker) endWhole(now Instant, g *group) {
	n, t := g.whole.Tally, g.whole
	r := journal.Record{Reason: journal.ReasonGroup, Text: n.Numbers().String()}
	switch {
	case n.Count > 0 && n.Done+n.Skipped == n.Count:
		r.State = journal.Done
	case t.CancelMS != 0:
		r.State, r.Reason, r.Text = journal.Canceled, journal.ReasonCanceled, t.CancelText
	case n.Failed > 0:
		r.State = journal.Failed
	default:
		r.State = journal.Canceled
	}
	if n.Stopped != 0 && r.State == journal.Failed {
		r.Reason = journal.ReasonArrayFailures
	}
	b.endAs(now, g, r)
}

// endAs journals the end of the whole. Its result tells how many of its members
// ended how.
func (b *Broker) endAs(now Instant, g *group, r journal.Record) {
	r.Members = g.whole.Tally.Count
	r.Payload = b.resultOf(g)
	b.end(now, g.whole, r)
	b.tellRest(now, g)
}

// cancelGroup cancels a group, for who asks.
func (b *Broker) cancelGroup(now Instant, g *group, by, why string) {
	b.record(now, journal.Record{Task: g.whole.ID, Kind: journal.KindCancel, By: by, Text: why})
	b.stopGroup(now, g, journal.Record{Reason: journal.ReasonCanceled, By: by, Text: why})
}

// restLate ends the members that have not started when one of the times is over that
// they have.
func (b *Broker) restLate(now Instant, g *group, why journal.Reason) {
	if g.empty() { // there is no rest
		b.end(now, g.whole, journal.Record{State: journal.Failed, Reason: why, Text: g.whole.Spec.LateText(why)})
		return
	}
	b.endRest(now, g, journal.Failed, why)
	b.tellRest(now, g)
	b.memberOver(now, g)
}
