package broker

import (
	"cmp"
	"errors"

	"bcp/broker/wire"
	"bcp/journal"
)

// submit accepts a task, or says why not. A task that was accepted before
// under the same key is the answer to its repetition, whatever options are refused today.
func (b *Broker) submit(now Instant, from wire.Peer, m *wire.Submit) {
	s := b.sessionAbout(now, from, m.Req, m.Spec.Key, m.Spec.Target)
	if s == nil {
		return
	}
	if err := b.submitFor(now, s, m); err != nil {
		b.refuse(from, &wire.Refuse{
			Req: m.Req, Code: err.Code, Text: err.Text, Key: m.Spec.Key, Target: m.Spec.Target,
		})
	}
}

// submitFor accepts what a session submits, or tells why not.
func (b *Broker) submitFor(now Instant, s *session, m *wire.Submit) *wire.Error {
	if err := b.checkBody(m.BodySize()); err != nil {
		return err
	}
	SetDigest(m)
	if m.Spec.Key != "" {
		if done, err := b.submitAgain(now, s, m); done || err != nil {
			return err
		}
	}
	if err := checkSpec(m.Spec, now.WallMS); err != nil {
		return err
	}
	e := &entrant{Submit: m, names: b.audience(m.Spec)}
	if err := b.checkRoomFor(e); err != nil {
		return err
	}
	if err := b.checkAfter(m.Spec.After); err != nil {
		return err
	}
	return b.accept(now, s, e)
}

// accept journals a new task and offers it to the workers.
func (b *Broker) accept(now Instant, s *session, e *entrant) (err *wire.Error) {
	if e.id, err = b.newID(now, e.Spec); err != nil {
		return err
	}
	t := b.enter(now, s, e)
	b.send(s.peer, accepted(e.Req, &t.Task, false))
	b.setOut(now, t)
	return nil
}

// entrant is a task that is about to be journaled for the first time.
type entrant struct {
	*wire.Submit
	id    journal.ID
	names []string // of the workers that its members are for, if it is a broadcast
	by    string   // who wants it for a reason, which are kept with it; "" for who submits it
	why   string
}

// enter journals a new task, with its members if it is a broadcast.
func (b *Broker) enter(now Instant, s *session, e *entrant) *task {
	spec := e.Spec
	b.fillIn(spec)
	spec.Client = clientName(s, e.As)
	b.space.taken += sizeOf(e.Submit)
	b.record(now, journal.Record{Task: e.id, Kind: journal.KindSubmit, Spec: spec, Payload: e.Body, Blob: e.Stored, By: e.by, Text: e.why})
	t := b.tasks.get(e.id)
	if t.isAll() {
		b.invite(now, t.group, e.names)
	} else {
		b.stats.Submitted += uint64(max(t.unstarted(), 1))
	}
	t.watchBy(watcher{session: s, wantStart: e.WantStart, quiet: e.Quiet})
	return t
}

// clientName names who submits with a session: what is asked for through the API is
// somebody's.
func clientName(s *session, as string) string {
	name := as + "/" + s.id
	switch {
	case as == "":
		return s.id
	case len(name) > wire.MaxName:
		return as
	}
	return name
}

// newID gives a new task its ID, and with it those of the members that it asks for.
func (b *Broker) newID(now Instant, spec *journal.Spec) (journal.ID, *wire.Error) {
	id, err := b.ids.block(now.WallMS, spec.Block())
	if err != nil {
		return id, wire.Errorf(wire.CodeInternal, "can't make an id: %v", err)
	}
	return id, nil
}

// setOut lets a new task wait for others, or go to a worker.
func (b *Broker) setOut(now Instant, t *task) {
	if b.await(now, t); !t.State.Ended() {
		b.arrive(now, t)
	}
}

// submitAgain answers the repetition of a submit. It tells whether it was one.
func (b *Broker) submitAgain(now Instant, s *session, m *wire.Submit) (bool, *wire.Error) {
	known, err := b.submitted(s, m)
	if err != nil || known == nil {
		return false, err
	}
	b.send(s.peer, accepted(m.Req, known, true))
	b.tellKnown(now, s, m, known)
	return true, nil
}

// submitted returns the task that was accepted before under the key of a submit,
// nil if there is none; an error if the key was used for something else.
func (b *Broker) submitted(s *session, m *wire.Submit) (*journal.Task, *wire.Error) {
	id, err := b.lookupKey(m.Spec.Key)
	if errors.Is(err, journal.ErrNotFound) {
		return nil, b.countOn(s, m.Spec.Key)
	}
	var known journal.Task
	if err == nil {
		known, err = b.lookup(id)
	}
	if errors.Is(err, journal.ErrNotFound) {
		return b.submittedAndForgotten(s, m, id)
	}
	if err != nil {
		return nil, wire.Errorf(wire.CodeInternal, "can't look up the key: %v", err)
	}
	if isDigestOf(known.Spec.Digest, m) {
		return &known, nil
	}
	if s.peer.Dialect == wire.BCP1Client && known.State.Ended() {
		return nil, nil // a BCP/1 job's id is free again after its end
	}
	return nil, keyConflict(m.Spec.Key, id)
}

// countOn takes in that a session uses a new key. The next ones may be like it, and then it
// is worth knowing which are unused.
func (b *Broker) countOn(s *session, key string) *wire.Error {
	if _, is := b.unused.find(key); is {
		s.counts.hit()
		return nil
	}
	if !s.counts.worth() {
		return nil
	}
	ranges, err := b.archive.Unused(key)
	if err != nil {
		return wire.Errorf(wire.CodeInternal, "can't look up keys that are unused: %v", err)
	}
	b.unused.add(ranges)
	return nil
}

// tellKnown tells a session that has submitted a task again what it would have
// been told.
func (b *Broker) tellKnown(now Instant, s *session, m *wire.Submit, known *journal.Task) {
	if t := b.live(known.ID); t != nil {
		t.watchBy(watcher{session: s, wantStart: m.WantStart, quiet: m.Quiet})
		b.tellWhereItStands(s, t, m.WantStart)
	} else if !m.Quiet {
		b.tellPast(now, s, known)
	}
}

// tellWhereItStands tells the current attempt's start and what it said last, which
// the session may have missed.
func (b *Broker) tellWhereItStands(s *session, t *task, wantStart bool) {
	if !wantStart {
		return
	}
	if t.Active() && t.StartedMS != 0 {
		b.send(s.peer, startedMessage(t))
		if t.word != nil {
			b.send(s.peer, t.word)
		}
	}
	if t.Exhausted {
		b.send(s.peer, &wire.Status{Task: t.Task})
	}
}

func accepted(req uint32, t *journal.Task, known bool) *wire.Accepted {
	return &wire.Accepted{Req: req, Task: t.ID, State: t.State, Known: known, Key: t.Spec.Key}
}

// checkBody tells whether a body is too large.
func (b *Broker) checkBody(size int) *wire.Error {
	if size > b.cfg.BodyMax {
		return wire.Errorf(wire.CodeTooLarge, "body has %d bytes: at most %d are accepted", size, b.cfg.BodyMax)
	}
	return nil
}

// checkSpec tells what is wrong with what is asked for at a time, in Unix milliseconds.
func checkSpec(s *journal.Spec, nowMS int64) *wire.Error {
	if err := wire.CheckSpec(s); err != nil {
		return err
	}
	if s.NotBeforeMS-nowMS > wire.MaxTimeoutMS {
		return wire.Errorf(wire.CodeBadOption, "not-before %s: a time up to ten years from now is accepted", journal.OptionNamed("not-before").Format(s))
	}
	return nil
}

// checkRoomFor tells why a new task can't be taken now, with its members if it is a
// broadcast.
func (b *Broker) checkRoomFor(e *entrant) *wire.Error {
	if err := checkAudience(e.Spec, e.names); err != nil {
		return err
	}
	var w weight
	w.add(e.Submit, len(e.names))
	return b.checkRoom(1+len(e.names), w)
}

// checkRoom tells why so many new tasks can't be taken now.
func (b *Broker) checkRoom(tasks int, w weight) *wire.Error {
	if b.stopping {
		return wire.Errorf(wire.CodeStopping, "the broker is shutting down: submit again when it is back")
	}
	switch room := b.cfg.MaxTasks - b.tasks.len; {
	case room <= 0:
		return wire.Errorf(wire.CodeQueueFull, "the broker holds %d tasks that have not ended, as many as it may", b.tasks.len)
	case room < tasks:
		return wire.Errorf(wire.CodeQueueFull, "%d new tasks: the broker holds %d that have not ended, and has room for %d", tasks, b.tasks.len, room)
	}
	return b.checkSpace(w)
}

// fillIn writes the broker's defaults into a spec, so that the journal tells
// what applies whatever the next start is configured with.
func (b *Broker) fillIn(s *journal.Spec) {
	s.OnLoss = cmp.Or(s.OnLoss, b.cfg.OnLoss)
	s.LossMax = cmp.Or(s.LossMax, b.cfg.LossMax) // given as 0, it is journal.NoLoss
	s.CancelGraceMS = cmp.Or(s.CancelGraceMS, b.cfg.CancelGrace.Milliseconds())
}
