package bolt

import (
	"bytes"
	"cmp"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// putPayload writes a record's payload, or a reference to its blob. An empty one
// has no entry.
func (w *writer) putPayload(b *table, r *journal.Record) error {
	return w.putPayloadAt(b, r.Task[:], r)
}

// mustPutPayload is putPayload where it has no other place: if that is damaged nothing is committed.
func (w *writer) mustPutPayload(b *table, r *journal.Record) error {
	if r.PayloadSize() > 0 {
		if err := w.mustPut(b, r.Task[:], r.Task); err != nil {
			return err
		}
	}
	return w.putPayload(b, r)
}

// putPayloadAt is putPayload under a key of the bucket's own.
func (w *writer) putPayloadAt(b *table, key []byte, r *journal.Record) error {
	if r.PayloadSize() == 0 {
		w.doom(r.Blob)
		return nil
	}
	if !r.Blob.IsZero() {
		if err := w.table(bucketBlobs).put(r.Blob.ID[:], nil, r.Task[:]); err != nil {
			return err
		}
	}
	return b.put(key, nil, w.added(journal.AppendPayload(w.arena, r)))
}

// dropPayload deletes a task's payload, if there is one. One in a damaged page stays. A
// reference that is damaged leaves its blob behind, which still says whose it is.
func (w *writer) dropPayload(b *table, id journal.ID) error { return w.dropPayloadAt(b, id[:], id) }

// dropPayloadAt is dropPayload under a key of the bucket's own.
func (w *writer) dropPayloadAt(b *table, key []byte, id journal.ID) error {
	if !b.mayDelete(key) {
		return nil
	}
	e := b.find(key)
	if e.value == nil {
		return nil
	}
	if journal.IsRef(e.value) {
		if _, blob, err := journal.OpenPayload(id, e.value); err == nil && !blob.IsZero() {
			w.doom(blob)
			if err := w.table(bucketBlobs).remove(blob.ID[:]); err != nil {
				return err
			}
		}
	}
	return e.drop()
}

// doom has a blob removed when the commit has returned.
func (w *writer) doom(blob journal.Blob) {
	if !blob.IsZero() {
		w.doomed = append(w.doomed, blob.ID)
	}
}

// payload reads a task's payload. An empty one has no entry: then the row tells
// whether it is empty, or lost.
func (s *Store) payload(id journal.ID, bucket []byte, size func(*journal.Entry) (int, bool)) ([]byte, error) {
	payload, blob, err := s.lookPayload(id, bucket, size)
	if err != nil || blob.IsZero() {
		return payload, err
	}
	payload, err = s.blobs.read(blob)
	if err == nil {
		return payload, nil
	}
	// It may have been forgotten meanwhile.
	if _, _, again := s.lookPayload(id, bucket, size); again != nil {
		err = again
	}
	return nil, err
}

// lookPayload reads what the tables have of a payload: its bytes, or its blob.
func (s *Store) lookPayload(id journal.ID, bucket []byte, size func(*journal.Entry) (int, bool)) (payload []byte, blob journal.Blob, err error) {
	if err := s.catchUpOn(id); err != nil {
		return nil, blob, err
	}
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		now := s.snapshot(f, tx)
		sealed, err := now.sealedPayload(id, bucket)
		if err != nil {
			return err
		}
		if sealed != nil {
			content, b, err := journal.OpenPayload(id, sealed)
			payload, blob = append([]byte{}, content...), b // content points into the file
			return err
		}
		e, err := now.readEntry(id)
		if err != nil {
			return err
		}
		switch n, kept := size(&e); {
		case !kept:
			return journal.ErrNotFound
		case n > 0:
			return fmt.Errorf("%w: %d bytes are missing", journal.ErrCorrupt, n)
		}
		return nil
	})
	return payload, blob, err
}

// sealedPayload returns a payload as the file has it, nil for none: of a task that ended
// late there is no body any more, though it may still be there.
func (s snapshot) sealedPayload(id journal.ID, bucket []byte) ([]byte, error) {
	if bytes.Equal(bucket, bucketOpen) {
		late, err := s.over(id)
		if err != nil || late.row != nil {
			return nil, err
		}
		return s.get(bucket, id[:])
	}
	sealed, damage := s.get(bucket, id[:])
	if sealed != nil {
		return sealed, nil
	}
	late, err := s.lateRow(id)
	if err != nil || late.row == nil {
		return nil, cmp.Or(err, damage)
	}
	return s.ways.find(bucketLateResults, late.place())
}
