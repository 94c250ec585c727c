package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// putPayload writes a record's payload, or a reference to its blob. An empty one
// has no entry.
func (w *writer) putPayload(b table, r *journal.Record) error {
	if r.PayloadSize() == 0 {
		w.doom(r.Blob)
		return nil
	}
	if !r.Blob.IsZero() {
		if err := w.table(bucketBlobs).put(r.Blob.ID[:], nil, r.Task[:]); err != nil {
			return err
		}
	}
	start := len(w.arena)
	w.arena = journal.AppendPayload(w.arena, r)
	return b.put(r.Task[:], nil, w.arena[start:len(w.arena):len(w.arena)])
}

// dropPayload deletes a task's payload, if there is one. A reference that is damaged
// leaves its blob behind, which still says whose it is.
func (w *writer) dropPayload(b table, id journal.ID) error {
	e := b.find(id[:])
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

// lookPayload reads what the file has of a payload: its bytes, or its blob.
func (s *Store) lookPayload(id journal.ID, bucket []byte, size func(*journal.Entry) (int, bool)) (payload []byte, blob journal.Blob, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		if sealed := tx.Bucket(bucket).Get(id[:]); sealed != nil {
			content, b, err := journal.OpenPayload(id, sealed)
			payload, blob = append([]byte{}, content...), b // content points into the file
			return err
		}
		e, err := readEntry(tx, id)
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
