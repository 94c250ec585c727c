package broker

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// extend changes a time-out as the attempt's worker asks: it is an edit of the
// task. A repetition, or one that a later one has overtaken, changes nothing.
func (b *Broker) extend(now Instant, from wire.Peer, m *wire.Extend) {
	t := b.heldBy(now, from, m.Ref)
	if t == nil {
		return
	}
	ack := &wire.ExtendAck{Ref: m.Ref, Seq: m.Seq, Option: m.Option}
	if err := b.extendAttempt(now, t, m); err != nil {
		ack.Code, ack.Text = err.Code, err.Text
	}
	b.send(from, ack)
}

func (b *Broker) extendAttempt(now Instant, t *task, m *wire.Extend) *wire.Error {
	if m.Seq <= t.extended[m.Option] {
		return nil
	}
	if t.stopped() {
		return wire.Errorf(wire.CodeNotAllowed, "attempt %d of task %s is being stopped", t.Attempt, t.ID)
	}
	if t.clocks == nil { // its life may be what is asked for
		t.clocks = newClocks(now, t)
	}
	asked := new(journal.Spec)
	if err := journal.OptionNumbered(m.Option).SetValue(asked, t.limitFor(now, m)); err != nil {
		return wire.Errorf(wire.CodeBadOption, "%v", err)
	}
	if m.Option == journal.OptionSilenceTimeout {
		t.spoken(now)
	}
	err := b.editLive(now, t, &wire.Edit{Spec: asked, Options: []uint8{m.Option}, Text: m.Text}, t.Worker)
	if err == nil {
		if t.extended == nil {
			t.extended = make(map[uint8]uint32)
		}
		t.extended[m.Option] = m.Seq
	}
	return err
}

// limitFor returns what a time-out has to be for so much to be left of it now, in
// milliseconds; 0 for none.
func (t *task) limitFor(now Instant, m *wire.Extend) int64 {
	passed := time.Duration(0)
	switch {
	case m.LeftMS == 0:
	case m.Option == journal.OptionRunTimeout && t.StartedMS != 0:
		passed = now.Mono - t.began(now, t.StartedMS)
	case m.Option == journal.OptionLifeTimeout:
		passed = now.Mono - t.clocks.born
	}
	return m.LeftMS + (passed + time.Millisecond - 1).Milliseconds()
}
