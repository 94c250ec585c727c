package sim

import (
	"errors"
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// staged is a message whose large payloads are being written apart, and what its
// sender has said since.
type staged struct {
	from wire.Peer
	m    wire.Message
	held []wire.Message
}

// take gives a message to the core, or lets it wait for what has to be written
// before, as the real server does.
func (p *process) take(from wire.Peer, m wire.Message) {
	p.confirm(from, m)
	i := slices.IndexFunc(p.staging, func(g *staged) bool { return g.from == from })
	switch {
	case i >= 0 && !wire.IsBeat(m):
		p.staging[i].held = append(p.staging[i].held, m)
		p.w.cover.add("staged", "a word waits behind it")
	case len(p.large(m)) > 0:
		p.stage(&staged{from: from, m: m})
	default:
		p.hear(from, m)
	}
}

func (p *process) large(m wire.Message) []wire.Payload {
	return wire.Large(m, p.w.plan.stageMin, p.w.plan.core.BodyMax)
}

// stopStaging is in how many of a thousand cases the broker is told to stop while payloads
// are on their way to the disk: what they belong to is refused then.
const stopStaging = 30

// stage writes the payloads at some moment, and lets the core hear of the message
// at a later one. A crash can come before, between and after.
func (p *process) stage(g *staged) {
	w := p.w
	p.staging = append(p.staging, g)
	whole := w.upTo(w.plan.commit)
	if w.plan.weights[actStop] > 0 && w.fault(stopStaging) {
		w.after(w.upTo(whole), p.inLife(p.stop))
	}
	w.after(w.upTo(whole), p.inLife(func() {
		for _, payload := range p.large(g.m) {
			if !p.writeApart(payload) {
				return
			}
		}
		if p.passes("after a payload is staged") {
			w.after(w.upTo(whole), p.inLife(func() { p.hearStaged(g) }))
		}
	}))
}

// writeApart writes one payload apart. It tells whether the process is still there.
func (p *process) writeApart(payload wire.Payload) bool {
	if payload.Submit != nil {
		broker.SetDigest(payload.Submit)
		payload.Submit.Written = *payload.Bytes
	}
	blob, err := p.store.Stage(*payload.Bytes)
	if errors.Is(err, errCut) {
		p.crash("with the power")
		return false
	}
	if err != nil {
		p.w.fail("a payload cannot be staged: %v", err)
	}
	*payload.Bytes, *payload.Stored = nil, blob
	p.w.cover.add("staged", "a payload")
	return true
}

func (p *process) hearStaged(g *staged) {
	p.staging = slices.DeleteFunc(p.staging, func(other *staged) bool { return other == g })
	p.gather()
	before := len(p.next.records)
	p.hear(g.from, g.m)
	p.gather()
	p.discard(g.m, p.next.records[before:])
	for _, m := range g.held {
		p.take(g.from, m)
		p.gather()
	}
	p.step()
}

// discard removes what was staged and no record refers to.
func (p *process) discard(m wire.Message, records []journal.Record) {
	for _, payload := range wire.Payloads(m) {
		used := slices.ContainsFunc(records, func(r journal.Record) bool { return r.Blob.ID == payload.Stored.ID })
		if !payload.Stored.IsZero() && !used {
			p.store.Discard(*payload.Stored)
			p.w.cover.add("staged", "for nothing")
		}
	}
}

// abandonStaged notes what the core will not hear any more.
func (p *process) abandonStaged() {
	for _, g := range p.staging {
		for _, m := range append(g.held, g.m) {
			if g.from.Dialect == wire.BCP1Worker {
				p.w.oracle.lostWord(m)
			}
		}
	}
	p.staging = nil
}

// judgeBlobs tells whether the disk has the large payloads that the journal refers
// to, and no others but bodies of tasks that have ended late.
func (o *oracle) judgeBlobs() {
	want := 0
	_, err := o.w.broker.store.Scan(journal.Range{Live: true, Ended: true}, func(e journal.Entry) error {
		// The broker makes a retry by itself, and its body goes through the commit.
		if t := &e.Task; (!t.State.Ended() || t.BodyKept) && e.Records[0].Size >= o.w.plan.stageMin && t.Spec.RetryOf.IsZero() {
			want++
		}
		if e.Task.Tally == nil && e.Task.ResultSize >= o.w.plan.stageMin { // the core has made that of an array
			want++
		}
		return nil
	})
	spare := o.w.broker.disk.unfolded()
	if got := o.w.broker.disk.blobs(); err != nil || got < want || got > want+spare {
		o.w.fail("%d payloads are kept apart, and the journal refers to %d: %v", got, want, err)
	}
}
