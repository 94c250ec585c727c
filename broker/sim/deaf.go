package sim

import (
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// unread is a message that the broker has not taken in: what waits for its payloads to be
// written has all the room that there is.
type unread struct {
	route  string
	frames [][]byte
}

// deaf tells whether nothing is taken in for now.
func (p *process) deaf() bool {
	held := 0
	for _, g := range p.staging {
		held += g.size
	}
	most := p.w.plan.stageMost
	return most > 0 && held >= most
}

// catchUp takes in what has come while there was no room, until there is none again.
func (p *process) catchUp() {
	for p.up && len(p.unread) > 0 && !p.deaf() {
		first := p.unread[0]
		p.unread = p.unread[1:]
		p.takeIn(first.route, first.frames)
	}
}

// abandonUnread notes what nobody will take in any more.
func (p *process) abandonUnread() {
	for _, u := range p.unread {
		p.w.oracle.lost(u.frames, wire.ToBroker)
	}
	p.unread = nil
}

// tickDeaf does what is due while nobody is heard: then nobody may be taken for gone, and no
// attempt for stuck, whose words are perhaps among what is unread.
func (p *process) tickDeaf() {
	p.unheard = p.w.now
	p.gather()
	known, begun := p.core.Workers(p.instant()), len(p.next.records)
	p.core.Deaf(true)
	p.core.Tick(p.instant())
	p.gather()
	now := p.core.Workers(p.instant())
	for _, was := range known {
		if was.Live && !slices.ContainsFunc(now, func(is broker.WorkerInfo) bool { return is.Name == was.Name && is.Live }) {
			p.w.fail("worker %s is taken for gone while nothing is taken in", was.Name)
		}
	}
	for _, r := range p.next.records[begun:] {
		switch r.Reason {
		case journal.ReasonSilence, journal.ReasonStartTimeout, journal.ReasonLost:
			if r.Kind != journal.KindTally {
				p.w.fail("attempt %s-%d is given up for %s while nothing is taken in", r.Task, r.Attempt, r.Reason)
			}
		}
	}
	p.w.cover.add("staged", "something is due meanwhile")
}

// unheardLately tells whether something may still be overdue as nobody was heard: it is looked
// at again after a beat.
func (p *process) unheardLately() bool {
	return p.deaf() || p.unheard >= 0 && p.w.now-p.unheard <= p.w.plan.core.Heartbeat+lateMax
}
