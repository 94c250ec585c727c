package broker

import (
	"cmp"
	"errors"

	"bcp/broker/wire"
	"bcp/journal"
)

// resolve does what an operator has decided about a task: it is tried again, or given up.
func (b *Broker) resolve(now Instant, from wire.Peer, m *wire.Resolve) {
	b.doFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task, func(s *session, found *journal.Task) *wire.Error {
		by := cmp.Or(m.By, s.id)
		if m.Verb == wire.ResolveDrop {
			return b.dropTask(now, found, by, m.Text)
		}
		return b.retry(now, s, found, m, by)
	})
}

// dropTask ends a pending task: one that was put aside for its failures as failed,
// another one as canceled. One that has ended stays as it is.
func (b *Broker) dropTask(now Instant, found *journal.Task, by, why string) *wire.Error {
	t := b.reach(now, found.ID)
	if t == nil {
		return nil
	}
	if err := checkDrop(&t.Task); err != nil {
		return err
	}
	state := journal.Canceled
	if t.Exhausted {
		state = journal.Failed
	}
	b.end(now, t, journal.Record{State: state, Reason: journal.ReasonDropped, By: by, Text: why})
	*found = t.Task
	return nil
}

func checkDrop(t *journal.Task) *wire.Error {
	if t.State != journal.Pending {
		return wire.Errorf(wire.CodeNotAllowed, "task %s is %s: only a pending task can be dropped; cancel it", t.ID, t.State)
	}
	return nil
}

// checkRetry tells why a task can't be tried again.
func checkRetry(t *journal.Task, nowMS int64) *wire.Error {
	if t.State.Ended() || t.Exhausted || t.BetweenTries(nowMS) {
		return nil
	}
	return wire.Errorf(wire.CodeNotAllowed, "task %s is %s: one that has ended, waits for its next try, or was put aside when its tries were used up, can be retried", t.ID, stateWords(t))
}

// retry lets a task go on whose tries are used up, with all of them, and one at once
// that waits for its next try; of one that has ended it makes another. Found is the one
// that goes on then.
func (b *Broker) retry(now Instant, s *session, found *journal.Task, m *wire.Resolve, by string) *wire.Error {
	nowMS := b.nowFor(now, found.ID)
	if err := checkRetry(found, nowMS); err != nil {
		return err
	}
	if found.State.Ended() {
		return b.retryEnded(now, s, found, m, by)
	}
	t := b.live(found.ID)
	if t.Exhausted {
		b.releaseTask(now, t, by, m.Text)
	} else if err := b.editLive(now, t, atOnce(nowMS, t, m.Text), by); err != nil {
		return err
	}
	*found = t.Task
	return nil
}

// atOnce is the edit after which a task waits for no time.
func atOnce(nowMS int64, t *task, why string) *wire.Edit {
	m := &wire.Edit{Spec: new(journal.Spec), Options: []uint8{journal.OptionDelay}, Text: why}
	if t.Spec.NotBeforeMS > nowMS {
		m.Options = append(m.Options, journal.OptionNotBefore)
	}
	return m
}

// retryEnded submits what an ended task was once more, as another task, which keeps who
// asked for it and why. A retry whose answer was lost comes again under the same new key,
// and is known by that.
func (b *Broker) retryEnded(now Instant, s *session, found *journal.Task, m *wire.Resolve, by string) *wire.Error {
	again, err := b.again(s, found, m, by)
	if err != nil {
		return err
	}
	if known, err := b.retried(s, again.Submit); known != nil || err != nil {
		if known != nil {
			*found = *known
		}
		return err
	}
	if again.Stored.IsZero() {
		if again.Body, err = b.bodyOf(found, &m.Copy); err != nil {
			return err
		}
	}
	if err := b.checkRetried(now, again); err != nil {
		return err
	}
	if again.id, err = b.newID(now, again.Spec); err != nil {
		return err
	}
	t := b.enter(now, s, again)
	b.setOut(now, t)
	*found = t.Task
	return nil
}

// again is what is journaled for the retry of a task that has ended, but for its body.
func (b *Broker) again(s *session, ended *journal.Task, m *wire.Resolve, by string) (*entrant, *wire.Error) {
	e := &entrant{Submit: &wire.Submit{Spec: retrySpec(ended, m.NewKey), Stored: m.Copy.Stored, Quiet: true}, by: by, why: m.Text}
	if s.peer.Dialect == wire.Local && by != s.id && wire.CheckName("by", by) == nil {
		e.As = by
	}
	var err *wire.Error
	if e.Spec.Array, err = b.membersAgain(ended); err != nil {
		return nil, err
	}
	if e.names, err = b.audienceAgain(ended, e.Spec); err != nil {
		return nil, err
	}
	// What its key stands for is the task that it does once more: whose body may not be
	// at hand.
	e.Spec.Digest = retryDigest(e.Spec, ended.ID)
	return e, nil
}

// checkRetried tells why a task can't be made once more, for its workers if it is a
// broadcast.
func (b *Broker) checkRetried(now Instant, again *entrant) *wire.Error {
	if err := checkSpec(again.Spec, now.WallMS); err != nil {
		return err
	}
	if err := b.checkBody(again.BodySize()); err != nil {
		return err
	}
	if err := b.checkRoomFor(again); err != nil {
		return err
	}
	return b.checkAfter(again.Spec.After)
}

// retrySpec is what is asked for with the retry of a task: the same, at once, and
// of the tasks that it waited for only those on whose worker it has to run.
func retrySpec(t *journal.Task, key string) *journal.Spec {
	spec := *t.Spec.Heeded()
	spec.RetryOf, spec.Key, spec.Digest = t.ID, key, [16]byte{}
	spec.Hold, spec.DelayMS, spec.NotBeforeMS = false, 0, 0
	spec.After = nil
	for _, d := range t.Spec.After {
		if d.Wants == journal.WantsWorker {
			spec.After = append(spec.After, d)
		}
	}
	return &spec
}

// retried returns the task that was made before by a retry under the same key, nil
// if there is none.
func (b *Broker) retried(s *session, again *wire.Submit) (*journal.Task, *wire.Error) {
	if again.Spec.Key == "" {
		return nil, nil
	}
	known, err := b.submitted(s, again)
	if known != nil && known.Spec.RetryOf != again.Spec.RetryOf {
		return nil, keyConflict(again.Spec.Key, known.ID)
	}
	return known, err
}

// bodyOf returns the body of a task that has ended, if it is still there. A large one is
// not read here: there is no copy of it, which tells why.
func (b *Broker) bodyOf(t *journal.Task, none *wire.BodyCopy) ([]byte, *wire.Error) {
	id := t.ID
	if t.Member != nil {
		id = t.Member.Group // members share the body of their whole
	}
	entry, err := b.archive.Get(id)
	if err == nil && entry.Records[0].Size == 0 {
		return nil, nil
	}
	if err == nil && b.cfg.CopyMin > 0 && entry.Records[0].Size >= b.cfg.CopyMin {
		return nil, b.uncopied(&entry, none)
	}
	var body []byte
	if err == nil {
		body, err = b.archive.Body(id)
	}
	switch {
	case errors.Is(err, journal.ErrNotFound):
		return nil, bodyGone(id)
	case err != nil:
		return nil, unreadable(err)
	}
	return body, nil
}

// uncopied tells why there is no copy of a large body.
func (b *Broker) uncopied(owner *journal.Entry, none *wire.BodyCopy) *wire.Error {
	t := &owner.Task
	if t.State.Ended() && !t.BodyKept {
		return bodyGone(t.ID)
	}
	if none.Damage != nil {
		return unreadable(none.Damage)
	}
	one := Claim{Tasks: 1, Bytes: owner.Records[0].Size}
	if err := b.checkRoom(one.Tasks, one.weight()); err != nil {
		return err
	}
	if none.Crowded {
		return wire.Errorf(wire.CodeDiskFull, "the disk of %s has no room for the body of task %s, of %s, beside those of others that are tried again with it: ask again when there is room",
			b.cfg.Journal, t.ID, journal.SizeText(int64(one.Bytes)))
	}
	return wire.Errorf(wire.CodeBusy, "the body of task %s has not been copied yet: ask again", t.ID)
}

func unreadable(err error) *wire.Error {
	return wire.Errorf(wire.CodeInternal, "can't read the body: %v", err)
}

func bodyGone(id journal.ID) *wire.Error {
	return wire.Errorf(wire.CodeGone, "the body of task %s is not kept any more: submit it anew", id)
}

func stateWords(t *journal.Task) string {
	if t.Held {
		return t.State.String() + " and held"
	}
	return t.State.String()
}
