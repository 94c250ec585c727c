package sim

import (
	"cmp"
	"errors"
	"slices"

	"bcp/broker/wire"
	"bcp/journal"
)

// keep is what the oracle knows of what is over, and of what is forgotten.
type keep struct {
	ended     map[journal.ID]journal.Task
	results   map[journal.ID]string
	forgotten map[journal.ID]bool
	stones    map[journal.ID]int64 // when a task was forgotten whose key is remembered
	freed     map[journal.ID]bool  // whose keys have been remembered for long enough
	owed      *owed                // a step of pruning that may be still to come, nil for none
}

func newKeep() keep {
	return keep{
		ended: map[journal.ID]journal.Task{}, results: map[journal.ID]string{},
		forgotten: map[journal.ID]bool{}, stones: map[journal.ID]int64{}, freed: map[journal.ID]bool{},
	}
}

// keepEnd takes in that a task has ended, and judges how it is kept.
func (o *oracle) keepEnd(t *journal.Task) {
	o.keep.ended[t.ID] = *t
	o.keep.results[t.ID] = string(o.result(t.ID))
	want := int64(0)
	if t.Spec.KeepMS > 0 {
		want = t.EndedMS + t.Spec.KeepMS
	}
	if t.KeepUntilMS != want {
		o.w.fail("task %s, which asks for %d ms, is kept until %d, and should be until %d", t.ID, t.Spec.KeepMS, t.KeepUntilMS, want)
	}
	o.judgeBody(t)
}

// judgeBody tells whether the body of a task that has ended is kept as the broker
// is set up to.
func (o *oracle) judgeBody(t *journal.Task) {
	if t.Member != nil {
		return // it has that of its array
	}
	keeps := o.w.plan.core.KeepBodies.Keeps(t.State)
	body, err := o.w.broker.store.Body(t.ID)
	switch {
	case t.BodyKept != keeps:
		o.w.fail("task %s ended as %s, and its body is kept: %v, not %v", t.ID, t.State, t.BodyKept, keeps)
	case keeps && (err != nil || len(body) == 0):
		o.w.fail("task %s ended as %s, and its body of %d bytes is not kept: %v", t.ID, t.State, len(body), err)
	case !keeps && !errors.Is(err, journal.ErrNotFound):
		o.w.fail("task %s ended as %s, and its body is still there: %v", t.ID, t.State, err)
	}
	if keeps {
		o.w.cover.add("kept", "a body")
	}
}

// hasEnded tells whether a task is over, forgotten or not.
func (o *oracle) hasEnded(id journal.ID) bool {
	_, ended := o.keep.ended[id]
	return ended
}

// dueEntry is something that is kept until its time.
type dueEntry struct {
	atMS  int64
	id    journal.ID
	fresh bool // since the step began, which need not have looked at it
}

func (a dueEntry) compare(b dueEntry) int {
	return cmp.Or(cmp.Compare(a.atMS, b.atMS), a.id.Compare(b.id))
}

// comesBehind tells whether another one should have been forgotten before.
func (a dueEntry) comesBehind(other dueEntry) bool {
	return a.compare(other) > 0 && (a.fresh || !other.fresh)
}

// pruned looks at what a step of pruning has forgotten, and at what it has not;
// all tells that it had nothing more to forget. It looked at no task that is fresh.
func (o *oracle) pruned(r *journal.Retention, all bool, fresh func(journal.ID) bool) {
	stones := o.oldStones()
	defer o.forgetMembers()
	o.judgeForgotten("task kept as the broker keeps them", o.endedTasks(false, fresh), r.NowMS-r.EndedMS, r.Ended, all, o.forgetTask)
	o.judgeForgotten("task kept as it asks", o.endedTasks(true, fresh), r.NowMS, r.Asked, all, o.forgetTask)
	if r.Keys > 0 {
		buried := o.newStones(r.NowMS) // which the next step may be the first to look at
		o.judgeForgotten("key", append(stones, buried...), r.NowMS-r.KeysMS, r.Keys, all && len(buried) == 0, o.forgetKey)
	} else {
		o.freeKeys()
	}
}

// endedTasks lists the tasks that are not forgotten, as far as the oracle knows.
func (o *oracle) endedTasks(asked bool, fresh func(journal.ID) bool) (list []dueEntry) {
	for _, id := range o.ids {
		t, ended := o.keep.ended[id]
		if ended && t.Member == nil && !o.keep.forgotten[id] && asked == (t.Spec.KeepMS > 0) {
			list = append(list, dueEntry{atMS: t.EndedMS + t.Spec.KeepMS, id: id, fresh: fresh(id)})
		}
	}
	return list
}

// judgeForgotten tells whether what a step has forgotten was due or in excess,
// and whether it has left what was.
func (o *oracle) judgeForgotten(what string, before []dueEntry, beforeMS int64, keep uint64, all bool, forget func(dueEntry) bool) {
	slices.SortFunc(before, dueEntry.compare)
	var gone, left []dueEntry
	for _, e := range before {
		if forget(e) {
			gone = append(gone, e)
		} else {
			left = append(left, e)
		}
	}
	for _, e := range gone {
		switch {
		case e.atMS < beforeMS:
			o.w.cover.add("kept", what+", until its time")
		case uint64(len(left)) >= keep && !slices.ContainsFunc(left, e.comesBehind):
			o.w.cover.add("kept", what+", until there were too many")
		default:
			o.w.fail("%s %s of %d is forgotten at %d, with %d left of %d that may be", what, e.id, e.atMS, beforeMS, len(left), keep)
		}
	}
	left = slices.DeleteFunc(left, func(e dueEntry) bool { return e.fresh })
	if all && (uint64(len(left)) > keep || len(left) > 0 && left[0].atMS < beforeMS) {
		o.w.fail("%s: %d are left of %d that may be, the first %s of %d at %d", what, len(left), keep, left[0].id, left[0].atMS, beforeMS)
	}
}

// forgetTask tells whether a task is forgotten, and what is left of it.
func (o *oracle) forgetTask(e dueEntry) bool {
	if _, err := o.w.broker.store.Get(e.id); err == nil {
		return false
	}
	o.keep.forgotten[e.id] = true
	return true
}

// oldStones lists the tombstones there were before a step.
func (o *oracle) oldStones() (list []dueEntry) {
	for _, id := range o.ids {
		if at, buried := o.keep.stones[id]; buried {
			list = append(list, dueEntry{atMS: at, id: id})
		}
	}
	return list
}

// newStones makes a tombstone of each task with a key that was just forgotten.
func (o *oracle) newStones(nowMS int64) (list []dueEntry) {
	for _, id := range o.ids {
		t := o.keep.ended[id]
		if !o.keep.forgotten[id] || t.Spec.Key == "" || o.keep.freed[id] {
			continue
		}
		if _, buried := o.keep.stones[id]; !buried {
			o.keep.stones[id] = nowMS
			list = append(list, dueEntry{atMS: nowMS, id: id, fresh: true})
		}
	}
	return list
}

// forgetKey tells whether a key is forgotten; if not, what is known of its task has
// to be true.
func (o *oracle) forgetKey(e dueEntry) bool {
	t := o.keep.ended[e.id]
	stone, err := o.w.broker.store.Tombstone(e.id)
	if err == nil {
		if want := t.Bury(); stone != want {
			o.w.fail("the tombstone of task %s is %+v, and should be %+v", e.id, stone, want)
		}
		return false
	}
	delete(o.keep.stones, e.id)
	o.keep.freed[e.id] = true
	return true
}

// freeKeys lets keys be used again that are forgotten with their tasks.
func (o *oracle) freeKeys() {
	for _, id := range o.ids {
		if o.keep.forgotten[id] {
			o.keep.freed[id] = true
		}
	}
}

// free tells whether the key of a task may be another task's: nothing is known of
// it any more.
func (o *oracle) free(id journal.ID) bool {
	o.pruneOwed()
	return o.keep.freed[id]
}

// tellsGone checks what is told of a task that isn't there.
func (o *oracle) tellsGone(m *wire.Refuse) {
	var id journal.ID
	if id.UnmarshalText([]byte(m.Text)) != nil {
		known := false
		if id, known = o.keys[m.Key]; !known {
			return // the text says it in words
		}
	}
	gone := o.isGone(id)
	_, buried := o.keep.stones[id]
	switch {
	case m.Code == wire.CodeGone && !gone:
		o.w.fail("%v is told, and task %s is not forgotten", text{m}, id)
	case m.Code == wire.CodeUnknownTask && buried:
		o.w.fail("%v is told, and the key of task %s is remembered", text{m}, id)
	}
}
