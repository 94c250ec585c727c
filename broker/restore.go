package broker

import (
	"fmt"
	"strings"

	"bcp/journal"
)

// Restore applies the records of one task that has not ended. Call it for every
// such task, in order of ID, before Open.
func (b *Broker) Restore(id journal.ID, records []journal.Record) error {
	if len(records) == 0 {
		return fmt.Errorf("%w: task %s has no record", journal.ErrCorrupt, id)
	}
	t := b.newTask(&records[0])
	for i := range records {
		if _, err := b.apply(t, &records[i]); err != nil {
			return fmt.Errorf("%w: row of task %s: %w", journal.ErrCorrupt, id, err)
		}
	}
	b.fold(t)
	b.restored = append(b.restored, t)
	return nil
}

// RestoreRow is Restore for a row of the journal. If the task only waits, and asks for the
// same as an earlier one, it is folded without being decoded. Of a million waiting tasks
// nearly all are such, so this decides how long a start takes.
func (b *Broker) RestoreRow(r *journal.LiveRow) error {
	key, digest, shared, submitted := r.Submitted()
	if alike := b.folds.byText[string(shared)]; submitted && alike != nil {
		b.restoreAlike(r.ID, key, digest, alike)
		return nil
	}
	records, err := r.Records()
	if err != nil {
		return err
	}
	return b.Restore(r.ID, records)
}

// restoreAlike takes up a task that is folded. What it was submitted with is applied when
// it is unfolded; until then it counts as one that waits.
func (b *Broker) restoreAlike(id journal.ID, key, digest []byte, alike *sharedSpec) {
	t := &task{ID: id, Spec: &alike.spec}
	alike.tasks++
	if len(key) > 0 {
		t.named = b.folds.nameOf(key, digest)
	}
	b.recount(journal.Pending, +1)
	if alike.home == nil {
		alike.home = b.meters.get(t.Spec.Target)
	}
	b.meters.count(alike.home, &counted{waiting: 1}, +1)
	b.restored = append(b.restored, t)
}

// nameOf is name for a key and a digest that are apart; no digest is one of zeros.
func (f *folding) nameOf(key, digest []byte) string {
	if len(digest) == 0 {
		digest = make([]byte, keyIn)
	}
	f.encoded = append(append(f.encoded[:0], digest...), key...)
	return string(f.encoded)
}

// Open starts the clocks of what was restored: every attempt now waits for its
// worker to come back.
func (b *Broker) Open(now Instant) {
	b.tasks.fill(b.restored)
	b.keys.fill(b.restored)
	b.emptyBuckets(now)
	lanes := make(map[*journal.Spec]*lane) // of folded tasks
	for _, t := range b.restored {
		if t.folded() && !strings.HasPrefix(t.Spec.Client, bcp1Prefix) {
			b.openFolded(now, t, lanes)
		} else {
			b.openTask(now, t)
		}
	}
	b.restored = nil
}

// openFolded has a folded task wait behind the last one that asks for the same.
func (b *Broker) openFolded(now Instant, t *task, lanes map[*journal.Spec]*lane) {
	if l := lanes[t.Spec]; l != nil && l.len() > 0 {
		l.push(t)
		return
	}
	b.enqueue(now, t, false)
	lanes[t.Spec] = t.lane
}

// openTask has a task wait, for whatever it waits, or be out with its worker.
func (b *Broker) openTask(now Instant, t *task) {
	b.unfold(t)
	b.reopenClient(now, t)
	if b.await(now, t); t.State.Ended() {
		return
	}
	b.reserve(now, t)
	if t.Active() {
		t.date = moment{t.NotBeforeMS, now.Mono} // it has come, whatever the wall clock says now
		b.countOut(t, b.quotaOf(t))
		b.assign(t, b.expectWorker(now, t.Worker), needsOf(t.Spec))
	} else if !t.parked(now) {
		b.waitAgain(now, t, t.prefers(now))
	}
	b.schedule(now, t)
}
