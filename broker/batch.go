package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// A batch is looked at as a whole before anything of it is done: who is known,
// who is new, and who waits for whom. Then all of its new tasks are journaled in
// one step, and so in one commit; only after that is anything offered or told.
//
//	bodies --> known by their keys --> options --> room, IDs --> who waits for whom --> journal --> tell
//	   |          |                       |           |                 |
//	   +----------+-----------------------+-----------+-----------------+--> one Refuse, nothing done
type batch struct {
	submits []wire.Submit
	known   []*journal.Task // nil for those that are new
	ids     []journal.ID    // of all of them
	fresh   int             // how many are new
}

// submitBatch accepts all tasks of a batch, or tells what stands against it.
func (b *Broker) submitBatch(now Instant, from wire.Peer, m *wire.SubmitBatch) {
	s := b.sessionOf(now, from, m.Req)
	if s == nil {
		return
	}
	batch := &batch{submits: m.Submits, known: make([]*journal.Task, len(m.Submits)), ids: make([]journal.ID, len(m.Submits))}
	if err := b.prepare(now, s, batch); err != nil {
		b.refuse(from, &wire.Refuse{Req: m.Req, Code: err.Code, Text: err.Text})
		return
	}
	b.acceptBatch(now, s, m.Req, batch)
}

// prepare finds everything that stands against a batch.
func (b *Broker) prepare(now Instant, s *session, batch *batch) *wire.Error {
	if err := wire.CheckBatch(batch.submits); err != nil {
		return err
	}
	if err := b.checkBodies(batch.submits); err != nil {
		return err
	}
	if err := b.recognize(s, batch); err != nil {
		return err
	}
	if batch.fresh == 0 {
		return nil
	}
	if err := batch.checkSpecs(now); err != nil {
		return err
	}
	if err := b.checkBatchRoom(batch); err != nil {
		return err
	}
	if err := b.number(now, batch); err != nil {
		return err
	}
	return b.link(batch)
}

// checkBodies tells whether the bodies of a batch are too large, alone or together.
func (b *Broker) checkBodies(submits []wire.Submit) *wire.Error {
	size := 0
	for i := range submits {
		if err := b.checkBody(submits[i].BodySize()); err != nil {
			return wire.OfBatch(i, err)
		}
		size += submits[i].BodySize()
	}
	if size > b.cfg.BodyMax {
		return wire.Errorf(wire.CodeTooLarge, "the bodies of the batch have %d bytes: at most %d are accepted", size, b.cfg.BodyMax)
	}
	return nil
}

// checkSpecs tells what is wrong with what is asked for, but for what is known.
func (batch *batch) checkSpecs(now Instant) *wire.Error {
	for i, known := range batch.known {
		if known != nil {
			continue
		}
		if err := checkSpec(batch.submits[i].Spec, now.WallMS); err != nil {
			return wire.OfBatch(i, err)
		}
	}
	return nil
}

// recognize finds the tasks that were accepted before.
func (b *Broker) recognize(s *session, batch *batch) *wire.Error {
	for i := range batch.submits {
		m := &batch.submits[i]
		if m.Spec.Key != "" {
			SetDigest(m)
			known, err := b.submitted(s, m)
			if err != nil {
				return wire.OfBatch(i, err)
			}
			batch.known[i] = known
		}
		if batch.known[i] == nil {
			batch.fresh++
		}
	}
	return nil
}

// inBatchMax bounds the members of the broadcasts of one batch: each is journaled with
// it, and everything else waits meanwhile. It is as many as workers may be.
const inBatchMax = 20_000

// checkBatchRoom tells why the new tasks of a batch can't be taken now, with the
// members of those that are broadcasts.
func (b *Broker) checkBatchRoom(batch *batch) *wire.Error {
	var w weight
	members := 0
	for i, known := range batch.known {
		if m := &batch.submits[i]; known == nil {
			names := b.audience(m.Spec)
			if err := checkAudience(m.Spec, names); err != nil {
				return wire.OfBatch(i, err)
			}
			w.add(m, len(names))
			members += len(names)
		}
		if members > inBatchMax {
			return wire.OfBatch(i, wire.Errorf(wire.CodeNotAllowed, "with it the broadcasts of the batch have %d members: at most %d are accepted", members, inBatchMax))
		}
	}
	return b.checkRoom(batch.fresh+members, w)
}

// number gives the new tasks their IDs, so that each can name the others.
func (b *Broker) number(now Instant, batch *batch) *wire.Error {
	for i, known := range batch.known {
		if known != nil {
			batch.ids[i] = known.ID
			continue
		}
		id, err := b.newID(now, batch.submits[i].Spec)
		if err != nil {
			return err
		}
		batch.ids[i] = id
	}
	return nil
}

// link finds which tasks the new ones wait for. What a known one waits for was
// said when it was accepted.
func (b *Broker) link(batch *batch) *wire.Error {
	for i := range batch.submits {
		if batch.known[i] != nil {
			continue
		}
		if err := b.linkOne(batch, batch.submits[i].Spec); err != nil {
			return wire.OfBatch(i, err)
		}
	}
	return nil
}

func (b *Broker) linkOne(batch *batch, spec *journal.Spec) *wire.Error {
	var after, there []journal.Dependency
	for _, d := range spec.After {
		place, ok := wire.BatchIndex(d.Task)
		if ok {
			d.Task = batch.ids[place]
		}
		if !ok || batch.known[place] != nil {
			there = append(there, d)
		}
		after = append(after, d)
	}
	if len(after) == 0 {
		return nil
	}
	spec.After = after
	if err := wire.CheckSpec(spec); err != nil { // a known task may be there by its ID and by its place
		return err
	}
	return b.checkAfter(there)
}

// acceptBatch journals the new tasks, answers, and lets them go.
func (b *Broker) acceptBatch(now Instant, s *session, req uint32, batch *batch) {
	answer := &wire.BatchAccepted{Req: req, Accepted: make([]wire.Accepted, len(batch.submits))}
	for i, known := range batch.known {
		if known != nil {
			answer.Accepted[i] = *accepted(0, known, true)
		} else {
			m := &batch.submits[i]
			t := b.enter(now, s, &entrant{Submit: m, id: batch.ids[i], names: b.audience(m.Spec)})
			answer.Accepted[i] = *accepted(0, &t.Task, false)
		}
	}
	b.send(s.peer, answer)
	for i, known := range batch.known {
		if known != nil {
			b.tellKnown(now, s, &batch.submits[i], known)
		} else {
			b.setOut(now, b.tasks.get(batch.ids[i]))
		}
	}
}
