package sim

import (
	"errors"
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// staged is a message that waits for large payloads to be written apart: its own, or
// those of what its sender has said before.
type staged struct {
	from    wire.Peer
	m       wire.Message
	size    int
	begun   bool // its payloads are being written
	written bool // they are
}

// take gives a message to the core, or lets it wait for what has to be written
// before, as the real server does.
func (p *process) take(from wire.Peer, m wire.Message, frames [][]byte) {
	p.confirm(from, m)
	waits := slices.ContainsFunc(p.staging, func(g *staged) bool { return g.from == from })
	large := len(p.large(m)) > 0
	if !large && (!waits || wire.IsBeat(m)) {
		p.hear(from, m)
		return
	}
	g := &staged{from: from, m: m, size: 1 + len(slices.Concat(frames...)), begun: large}
	p.staging = append(p.staging, g)
	switch {
	case waits && large:
		p.w.cover.add("staged", "another payload of the same sender")
	case waits:
		p.w.cover.add("staged", "a word waits behind it")
	}
	if large {
		p.stage(g)
	}
}

func (p *process) large(m wire.Message) []wire.Payload {
	return wire.Large(m, p.w.plan.stageMin, p.w.plan.core.BodyMax)
}

// stopStaging is in how many of a thousand cases the broker is told to stop when payloads are
// on the disk and a commit is under way: what they belong to is refused then.
const stopStaging = 100

// stage writes the payloads at some moment, and lets the core hear of the message
// at a later one. A crash can come before, between and after.
func (p *process) stage(g *staged) {
	w := p.w
	most := w.plan.commit
	if !w.healed { // or else what is sent again comes faster than it is written
		most = max(most, w.plan.staging)
	}
	whole := w.upTo(most)
	w.after(w.upTo(whole), p.inLife(func() {
		for _, payload := range p.large(g.m) {
			if !p.writeApart(payload) {
				return
			}
		}
		if p.passes("after a payload is staged") {
			w.after(w.upTo(whole), p.inLife(func() { p.stagedNow(g) }))
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

// stagedNow lets the core hear of what the sender of a message has said, now that its
// payloads are written: up to the next one that waits for its own.
func (p *process) stagedNow(g *staged) {
	g.written = true
	if p.flight != nil && p.w.plan.weights[actStop] > 0 && p.w.fault(stopStaging) {
		p.stop() // and ends when the commit is done
	}
	for {
		i := slices.IndexFunc(p.staging, func(other *staged) bool { return other.from == g.from })
		if i < 0 || p.staging[i].begun && !p.staging[i].written {
			break
		}
		first := p.staging[i]
		p.staging = slices.Delete(p.staging, i, i+1)
		p.hearStaged(first)
	}
	p.step()
	p.catchUp()
}

func (p *process) hearStaged(g *staged) {
	p.gather()
	before := len(p.next.records)
	p.hear(g.from, g.m)
	p.gather()
	if g.written {
		p.discard(g.m, p.next.records[before:])
	}
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
		if g.from.Dialect == wire.BCP1Worker {
			p.w.oracle.lostWord(g.m)
		}
	}
	p.staging = nil
}

// judgeBlobs tells whether the disk has the large payloads that the journal refers
// to, and no others but bodies of tasks that have ended late.
func (o *oracle) judgeBlobs() {
	want := 0
	o.w.each(journal.Range{Live: true, Ended: true}, func(e *journal.Entry) {
		// The broker makes a retry by itself, and its body goes through the commit.
		if t := &e.Task; (!t.State.Ended() || t.BodyKept) && e.Records[0].Size >= o.w.plan.stageMin && t.Spec.RetryOf.IsZero() {
			want++
		}
		if e.Task.Tally == nil && e.Task.ResultSize >= o.w.plan.stageMin { // the core has made that of an array
			want++
		}
	})
	spare := o.w.broker.disk.unfolded()
	if got := o.w.broker.disk.blobs(); got < want || got > want+spare {
		o.w.fail("%d payloads are kept apart, and the journal refers to %d", got, want)
	}
}
