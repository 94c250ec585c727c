package bolt

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"bcp/journal"
)

// around returns the tasks beside the one that a change is of, in the order of IDs;
// zero for none.
func around(changes []journal.Change, i int) (prev, next journal.ID) {
	if i > 0 {
		prev = changes[i-1].Task
	}
	if i+1 < len(changes) {
		next = changes[i+1].Task
	}
	return prev, next
}

// endsLate tells whether a task ends late. One with members, or that is one, does not:
// they are forgotten in the order of IDs. Nor does one whose body is kept, or is large.
func (w *writer) endsLate(end *journal.Record, base []byte) bool {
	if w.late.rows < w.late.min || w.late.drains() || w.late.tight.Load() || end.KeepBody || end.Member || end.Members > 0 {
		return false
	}
	size, submitted := journal.SubmitSize(base)
	return submitted && size <= lateBodyMax && w.mayEndLate(hint{end.Task, w.late.next}.place()) && w.lone(end.Task)
}

func (w *writer) mayEndLate(place []byte) bool {
	return w.lateRows.mayPut(place) && w.lateResults.mayPut(place)
}

// endElsewhere writes a task where there is no damage, as one that ended late and is folded.
func (w *writer) endElsewhere(end *journal.Record, row []byte) error {
	h := hint{end.Task, w.late.next}
	place := h.place()
	if !w.mayEndLate(place) || !w.places.mayPut(h.id[:]) {
		return naming(end.Task, "write", w.passedOver())
	}
	w.late.next++
	return errors.Join(
		w.lateRows.put(place, nil, row),
		w.putPayloadAt(w.lateResults, place, end),
		w.places.put(h.id[:], nil, sealSeq(h)))
}

// lone tells whether another row lies between that of a task, which was looked up last, and
// those of the tasks beside it in this commit, and the ends of the bucket, where other commits
// write. If it does, the cursor of the bucket is not at the row any more.
func (w *writer) lone(id journal.ID) bool {
	if !w.late.lone {
		return true
	}
	if !w.state.isWell(damage(w.state.leadsBeside())) {
		return false
	}
	c := w.state.cursor
	after, _ := c.Next()
	if after == nil {
		c.Seek(id[:]) // for who deletes the row
		return false
	}
	if at, _ := c.Prev(); !bytes.Equal(at, id[:]) { // a page that was emptied lies between
		c.Seek(id[:])
	}
	if !w.next.IsZero() && bytes.Compare(after, w.next[:]) >= 0 {
		return false
	}
	if before, _ := c.Prev(); before != nil && bytes.Compare(before, w.prev[:]) > 0 {
		return true
	}
	c.Seek(id[:])
	return false
}

// over returns the row that a task which ended late has over its base, an empty one if
// it is forgotten; nil if there is none.
func (w *writer) over(id journal.ID) []byte {
	h, hinted := w.late.hints.find(id)
	if !hinted {
		return nil
	}
	return w.lateRows.Get(h.place())
}

// ends is a task that ends late.
type ends struct {
	hint
	row []byte
	end *journal.Record
}

// endLate notes what is new of a task that ends, over what is there.
func (w *writer) endLate(end *journal.Record, row []byte) {
	h := hint{end.Task, w.late.next}
	w.late.next++
	w.late.hints.add(h)
	w.late.ended = append(w.late.ended, ends{h, row, end})
}

// fold writes the tasks that have ended late in this commit, and folds others if too
// many wait for it.
func (w *writer) fold() error {
	l := w.late
	ended := len(l.ended)
	if err := w.writeEnds(); err != nil {
		return err
	}
	over := l.waiting() - l.limit()
	if l.sweeps() {
		over = math.MaxInt
	}
	if over >= l.step && !l.tight.Load() {
		if err := w.foldSome(min(over, foldMore*max(ended, l.step))); err != nil {
			return err
		}
	}
	return w.trimUnfolded()
}

// writeEnds writes the tasks that have ended late in this commit: one table after the
// other, for while the processor has pages of the tasks before it in its caches it has
// little else there.
func (w *writer) writeEnds() error {
	all := w.late.ended
	hints := make([]hint, len(all))
	for i, e := range all {
		hints[i] = e.hint
		if err := w.lateRows.put(e.place(), nil, e.row); err != nil {
			return err
		}
	}
	for _, e := range all {
		if err := w.putPayloadAt(w.lateResults, e.place(), e.end); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(hints, chunkMax) {
		seq := some[0].seq
		if err := w.unfolded.put(chunkKey(seq), nil, sealChunk(seq, some)); err != nil {
			return err
		}
	}
	clear(all) // lets go of the records
	w.late.ended = all[:0]
	return nil
}

// foldSome folds the next n tasks of the sweep, or those that are left of this round.
func (w *writer) foldSome(n int) error {
	for n > 0 {
		some := w.late.hints.beyond(w.late.swept)
		if len(some) == 0 {
			w.late.turn()
			return nil
		}
		some = some[:min(n, len(some))]
		for _, h := range some {
			w.late.swept = h.id
			if _, stuck := w.late.stuck.find(h.id); stuck {
				continue
			}
			if err := w.foldOne(h); err != nil {
				return err
			}
		}
		n -= len(some)
	}
	return nil
}

// foldNow folds a task out of turn, so that its ID can be used again if it is forgotten.
func (w *writer) foldNow(id journal.ID) error {
	h, hinted := w.late.hints.find(id)
	if !hinted {
		return nil
	}
	err := w.foldOne(h)
	w.late.drop(h) // at once: the next base is none of one that has ended
	return err
}

// reuse is for a new task whose ID is not above all others. That of a member isn't, so
// this costs much only where there was a task of that ID.
func (w *writer) reuse(id journal.ID) error {
	if _, hinted := w.late.hints.find(id); hinted {
		if err := errors.Join(w.foldNow(id), w.unsay(map[journal.ID]bool{id: true})); err != nil {
			return err
		}
	}
	if w.state.Get(id[:]) != nil || w.done.has(id[:]) || w.places.has(id[:]) {
		return errThere(id)
	}
	return nil
}

// unsay takes tasks out of unfolded that are folded, as their IDs are used again.
func (w *writer) unsay(again map[journal.ID]bool) error {
	if err := w.unfolded.leadsThrough(); err != nil {
		return damage(err)
	}
	fewer := map[uint64][]hint{}
	err := w.unfolded.bucket().ForEach(func(key, sealed []byte) error {
		all, err := openChunk(key, sealed)
		left := slices.DeleteFunc(slices.Clone(all), func(h hint) bool { return again[h.id] })
		if len(left) < len(all) {
			fewer[seqOf(key)] = left
		}
		return err
	})
	for seq, left := range fewer {
		err = errors.Join(err, w.leaveUnfolded(seq, left))
	}
	return err
}

// leaveUnfolded leaves so much of an entry of unfolded.
func (w *writer) leaveUnfolded(seq uint64, left []hint) error {
	if len(left) == 0 {
		return w.unfolded.remove(chunkKey(seq))
	}
	return w.unfolded.replace(chunkKey(seq), sealChunk(seq, left))
}

// foldOne deletes the base of a task that ended late, and makes its entry in places
// instead. One that has none over its base was folded before; or it is damaged and
// stays, for who looks for it.
func (w *writer) foldOne(h hint) error {
	if !w.state.mayDelete(h.id[:]) {
		w.late.stuck.add(h)
		return nil
	}
	base := w.state.find(h.id[:])
	there, forgotten := false, false
	if base.value != nil {
		there, forgotten = w.covered(h)
		if !w.mayFold(h, there, forgotten) {
			w.late.stuck.add(h)
			return nil
		}
	}
	w.late.folded = append(w.late.folded, h)
	if !there {
		return nil
	}
	w.late.rows--
	if err := errors.Join(base.drop(), w.dropPayload(w.open, h.id)); err != nil {
		return err
	}
	if !forgotten {
		return w.places.put(h.id[:], nil, sealSeq(h))
	}
	if place := h.place(); w.lateRows.mayDelete(place) {
		return w.lateRows.remove(place)
	}
	return nil
}

// mayFold tells whether no damage keeps a task that has a base from being folded: neither
// where its row is to be, nor where its entry in places goes.
func (w *writer) mayFold(h hint, there, forgotten bool) bool {
	switch {
	case !there:
		return w.lateRows.lacks(h.place())
	case forgotten:
		return true
	}
	return w.places.mayPut(h.id[:])
}

// covered tells whether a task has a row over its base, and whether that is an empty one.
// It looks for none that was written since the journal was opened: they lie in the order
// of ends, so each would be in another page, and the processor would wait for it.
func (w *writer) covered(h hint) (there, forgotten bool) {
	if h.seq >= w.late.found {
		_, forgotten = w.late.gone.find(h.id)
		return true, forgotten
	}
	row, err := w.lateRows.look(h.place())
	w.lateRows.isWell(err)
	return row != nil, row != nil && journal.IsEmptySeal(row)
}

// trimUnfolded deletes some of what has been folded.
func (w *writer) trimUnfolded() error {
	if w.late.trim == 0 {
		return nil
	}
	for range trimMax {
		from := chunkKey(w.late.kept)
		if err := w.unfolded.leads(from); err != nil {
			return damage(err)
		}
		chunk := w.unfolded.seek(from)
		if chunk.key == nil || seqOf(chunk.key) >= w.late.trim {
			w.late.trim = 0
			return nil
		}
		w.late.kept = seqOf(chunk.key) + 1
		if err := w.trimChunk(&chunk); err != nil {
			return err
		}
	}
	return nil
}

// trimChunk deletes an entry of unfolded, but for what is stuck.
func (w *writer) trimChunk(chunk *found) error {
	if w.late.stuck.len() == 0 {
		return chunk.drop()
	}
	all, err := openChunk(chunk.key, chunk.value)
	if err != nil {
		return nil // one that is damaged stays, for who looks for it
	}
	left := slices.DeleteFunc(slices.Clone(all), func(h hint) bool {
		at, stuck := w.late.stuck.find(h.id)
		return !stuck || at != h
	})
	if len(left) == len(all) {
		return nil
	}
	return w.leaveUnfolded(seqOf(chunk.key), left)
}

// forgetLate deletes the row and the result of a task that ended late. The base of one
// that is not folded stays, under an empty row.
func (w *writer) forgetLate(id journal.ID) error {
	if row := w.over(id); row != nil && w.state.Get(id[:]) != nil {
		h, _ := w.late.hints.find(id)
		w.late.gone.add(h)
		w.late.stuck.drop(h) // which may be folded now
		return errors.Join(
			w.lateRows.put(h.place(), row, journal.AppendBlob(nil, id, nil)),
			w.dropPayloadAt(w.lateResults, h.place(), id))
	}
	entry := w.places.find(id[:])
	if entry.value == nil {
		return nil
	}
	h, err := openSeq(id, entry.value)
	if err != nil {
		return nil // one that is damaged stays, for who looks for it
	}
	place := h.place()
	return errors.Join(entry.drop(), w.lateRows.remove(place), w.dropPayloadAt(w.lateResults, place, id))
}
