package broker

import "bcp/journal"

// failed tells whether as many members have failed as may.
func (g *group) failed() bool {
	most := g.whole.Spec.ArrayFailures
	return most > 0 && g.whole.Tally.Failed >= most
}

// replace puts the group to its place among the waiting tasks, after a change of
// which member is the next; it has none when all have started.
func (b *Broker) replace(g *group) {
	t := g.whole
	if t.lane == nil {
		return
	}
	if t.Tally.Unstarted() == 0 {
		b.dequeue(t)
		b.disarm(&t.timer)
		return
	}
	t.lane.moved()
}

// count journals a change of how the members stand. Of several in one step only the
// last is written, if nothing else is of the group itself in between.
func (b *Broker) count(now Instant, g *group, change func(*journal.Tally)) {
	n := *g.whole.Tally
	change(&n)
	last := g.tally
	b.record(now, journal.Record{Task: g.whole.ID, Kind: journal.KindTally, Tally: &n})
	at := uint64(len(b.out.Records))
	if last.at > 0 && last.mark == b.mark {
		b.out.Records[last.at-1] = b.out.Records[at-1]
		b.out.Records = b.out.Records[:at-1]
		at = last.at
	}
	g.tally.mark, g.tally.at = b.mark, at
	b.replace(g)
	if g.ready && g.failed() {
		b.keepBack(now, g)
	}
}

// countMember takes what a record says of a member into the tally of its group.
func (b *Broker) countMember(now Instant, t *task, r *journal.Record, wasOut bool) {
	isOut := t.Active()
	if wasOut == isOut && r.Kind != journal.KindEnd {
		return
	}
	b.count(now, t.group, func(n *journal.Tally) {
		switch {
		case isOut && !wasOut:
			n.Out++
			if n.StartMS == 0 {
				n.StartMS = uint64(now.WallMS)
			}
		case wasOut && !isOut:
			n.Out--
		}
		if r.Kind == journal.KindEnd {
			n.Add(r.State, r.Reason, 1)
		}
	})
}
