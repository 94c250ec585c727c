package broker

import "bcp/journal"

// RestoreRow is Restore for a row of the journal. One that asks for the same as an earlier
// one, and only waits, is folded as it is, without being decoded: of a million that wait
// nearly all are such, and they are what a start takes its time for.
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
	b.meters.count(alike.home, &stand{waiting: 1}, +1)
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

// indexRestored has what was restored found by ID and key.
func (b *Broker) indexRestored() {
	b.tasks.fill(b.restored)
	b.keys.fill(b.restored)
}
