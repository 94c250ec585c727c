package sim

import (
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
)

// lane is what waits for a worker behind a dispatch that may not leave yet, as the real
// server has it: while its body is read, or while as many bytes are on their way as may
// be. Beats and the broker's Leave don't wait.
type lane struct {
	to      wire.Peer
	waiting []broker.Send
	reading []broker.Send // the one before, while its body is read
	onWay   []parcel
	bytes   int  // in those
	gone    bool // its worker is, and a body is still being read
}

// parcel is a dispatch that a worker has not said to have.
type parcel struct {
	wire.Ref
	seq  uint64
	size int
}

// inHand are the sends that have not left.
func (l *lane) inHand() []broker.Send { return append(slices.Clone(l.reading), l.waiting...) }

// lane returns the worker's, nil if it has none.
func (p *process) lane(to wire.Peer) *lane {
	if i := slices.IndexFunc(p.lanes, func(l *lane) bool { return l.to == to && !l.gone }); i >= 0 {
		return p.lanes[i]
	}
	return nil
}

func (p *process) openLane(to wire.Peer) *lane {
	l := p.lane(to)
	if l == nil {
		l = &lane{to: to}
		p.lanes = append(p.lanes, l)
	}
	return l
}

// closeLane forgets a lane that nothing is in.
func (p *process) closeLane(l *lane) {
	if len(l.inHand()) == 0 && l.bytes == 0 {
		p.removeLane(l)
	}
}

func (p *process) removeLane(l *lane) {
	p.lanes = slices.DeleteFunc(p.lanes, func(other *lane) bool { return other == l })
}

// queue lets a send wait for what is before it, and tells whether it has to.
func (p *process) queue(s broker.Send) bool {
	l := p.lane(s.To)
	_, leaves := s.Msg.(*wire.Leave)
	if l == nil || len(l.inHand()) == 0 || leaves || wire.IsBeat(s.Msg) {
		return false
	}
	p.holdBack(l, s)
	return true
}

// holdBack puts a send into a lane. A dispatch that is in it already is once enough.
func (p *process) holdBack(l *lane, s broker.Send) {
	if d, ok := s.Msg.(*wire.Dispatch); ok {
		if slices.ContainsFunc(l.waiting, func(other broker.Send) bool { return dispatches(other, d.Ref) }) {
			return
		}
		p.keepBack(s, d.Ref)
	}
	l.waiting = append(l.waiting, s)
}

func dispatches(s broker.Send, ref wire.Ref) bool {
	d, ok := s.Msg.(*wire.Dispatch)
	return ok && d.Ref == ref
}

// keepBack tells the core that a dispatch does not leave yet.
func (p *process) keepBack(s broker.Send, ref wire.Ref) {
	p.w.note("broker: dispatch of %s-%d is held back", ref.Task, ref.Attempt)
	p.w.oracle.holdBack(ref)
	p.core.HeldBack(p.instant(), s)
	p.gather() // it may have been taken back
}

// passOn tells the core that a send leaves which was held back.
func (p *process) passOn(s broker.Send) {
	if d, ok := s.Msg.(*wire.Dispatch); ok {
		p.w.oracle.passOn(d.Ref)
	}
	p.core.PassedOn(p.instant(), s)
}

// pass sends what has its turn, or has its body read for that. It tells whether it has
// to wait until the worker has taken in others.
func (p *process) pass(s broker.Send) (wait bool) {
	m, ok := p.load(s)
	if !ok {
		p.unreadable(s)
		return false
	}
	if d, ok := m.(*wire.Dispatch); ok {
		if !p.fits(s.To, d) {
			return true
		}
		if p.w.plan.read > 0 && p.w.fault(p.w.plan.read) {
			p.readFor(s, d.Ref)
			return false
		}
	}
	p.deliverOne(s, m)
	return false
}

// fits tells whether a dispatch may be on its way to its worker beside what is, and
// counts it: one always may.
func (p *process) fits(to wire.Peer, d *wire.Dispatch) bool {
	most := p.w.plan.window
	if most == 0 {
		return true
	}
	l := p.openLane(to)
	if l.bytes > 0 && l.bytes+len(d.Body) > most {
		return false
	}
	l.onWay = append(l.onWay, parcel{d.Ref, d.Seq, len(d.Body)})
	l.bytes += len(d.Body)
	return true
}

// readFor reads the body of a dispatch, which takes its time.
func (p *process) readFor(s broker.Send, ref wire.Ref) {
	l := p.openLane(s.To)
	l.reading = []broker.Send{s}
	p.keepBack(s, ref)
	p.w.cover.add("lane", "a body is read")
	p.w.after(p.w.upTo(p.w.plan.reading), p.inLife(func() {
		p.readOut(l, s, ref)
		p.step()
	}))
}

// readOut sends what has been read, and what has waited for it.
func (p *process) readOut(l *lane, s broker.Send, ref wire.Ref) {
	l.reading = nil
	if l.gone {
		p.removeLane(l)
		p.dropSend(s)
		return
	}
	if m, ok := p.load(s); ok {
		p.passOn(s)
		p.deliverOne(s, m)
	} else {
		l.arrived(func(x *parcel) bool { return x.Ref == ref }) // it never will
		p.unreadable(s)
	}
	p.move(l)
}

// move sends what waits in a lane, as far as that goes.
func (p *process) move(l *lane) {
	for len(l.waiting) > 0 && l.reading == nil {
		s := l.waiting[0]
		if p.pass(s) {
			break
		}
		l.waiting = l.waiting[1:]
		if l.reading == nil {
			p.passOn(s)
			p.w.cover.add("lane", "what was held back leaves")
		}
	}
	p.closeLane(l)
}

// confirm takes in what a worker says that it has, and sends it more.
func (p *process) confirm(from wire.Peer, m wire.Message) {
	l := p.lane(from)
	if l == nil {
		return
	}
	switch m := m.(type) {
	case *wire.Begun:
		l.arrived(func(x *parcel) bool { return x.Ref == m.Ref })
	case *wire.Outcome:
		l.arrived(func(x *parcel) bool { return x.Ref == m.Ref })
	case *wire.WorkerBeat:
		l.arrived(func(x *parcel) bool { return x.seq <= m.Seen })
	default:
		return
	}
	p.move(l)
}

func (l *lane) arrived(has func(*parcel) bool) {
	l.onWay = slices.DeleteFunc(l.onWay, func(x parcel) bool {
		if !has(&x) {
			return false
		}
		l.bytes -= x.size
		return true
	})
}

// welcomed empties the lane of a worker that was let in: all that it still wants is told
// again.
func (p *process) welcomed(to wire.Peer, sends []broker.Send) {
	l := p.lane(to)
	if l == nil || !slices.ContainsFunc(sends, func(s broker.Send) bool { return welcomes(s, to) }) {
		return
	}
	p.w.oracle.unsent(l.waiting...)
	l.arrived(func(*parcel) bool { return true })
	l.waiting = nil
	p.w.cover.add("lane", "its worker comes back")
	p.closeLane(l)
}

func welcomes(s broker.Send, to wire.Peer) bool {
	_, ok := s.Msg.(*wire.Welcome)
	return ok && s.To == to
}

// sweepLanes forgets the lanes of workers that are gone. What is being read for one is in
// hand until it has been read.
func (p *process) sweepLanes() {
	for _, l := range slices.Clone(p.lanes) {
		if l.gone || p.core.Knows(l.to) {
			continue
		}
		waiting := l.waiting
		l.gone, l.waiting = true, nil
		if l.reading == nil {
			p.removeLane(l)
		}
		for _, s := range waiting {
			p.dropSend(s)
		}
	}
}

// dropSend gives a send back to the core that will not leave.
func (p *process) dropSend(s broker.Send) {
	p.w.oracle.unsent(s)
	p.w.cover.add("lane", "its worker is gone")
	p.core.Dropped(p.instant(), s)
	p.gather()
}

// abandonLanes notes what will not leave any more.
func (p *process) abandonLanes() {
	for _, l := range p.lanes {
		p.w.oracle.unsent(l.inHand()...)
	}
	p.lanes = nil
}
