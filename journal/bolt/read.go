package bolt

import (
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Get implements journal.Store.
func (s *Store) Get(id journal.ID) (e journal.Entry, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		row := tx.Bucket(bucketState).Get(id[:])
		if row == nil {
			row = tx.Bucket(bucketDone).Get(id[:])
		}
		if row == nil {
			return journal.ErrNotFound
		}
		e, err = journal.DecodeEntry(id, row)
		return err
	})
	return e, naming(id, "read", err)
}

// Body implements journal.Store.
func (s *Store) Body(id journal.ID) ([]byte, error) {
	body, err := s.payload(id, bucketOpen, bucketState, bodySize)
	return body, naming(id, "read body of", err)
}

// Result implements journal.Store.
func (s *Store) Result(id journal.ID) ([]byte, error) {
	result, err := s.payload(id, bucketResult, bucketDone, resultSize)
	return result, naming(id, "read result of", err)
}

func bodySize(records []journal.Record) int { return records[0].Size }

func resultSize(records []journal.Record) int { return records[len(records)-1].Size }

// payload reads a blob. An empty one has no entry: then the row tells whether
// it is empty, or lost.
func (s *Store) payload(id journal.ID, blobs, rows []byte, size func([]journal.Record) int) (payload []byte, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		if blob := tx.Bucket(blobs).Get(id[:]); blob != nil {
			content, err := journal.OpenBlob(id, blob)
			payload = append([]byte{}, content...) // blob points into the file
			return err
		}
		row := tx.Bucket(rows).Get(id[:])
		if row == nil {
			return journal.ErrNotFound
		}
		e, err := journal.DecodeEntry(id, row)
		if err == nil && size(e.Records) > 0 {
			err = fmt.Errorf("%w: %d bytes are missing", journal.ErrCorrupt, size(e.Records))
		}
		return err
	})
	return payload, err
}

// ByKey implements journal.Store.
func (s *Store) ByKey(key string) (id journal.ID, found bool, err error) {
	if key == "" {
		return id, false, nil
	}
	err = s.view(func(tx *bbolt.Tx) error {
		value := tx.Bucket(bucketKeys).Get([]byte(key))
		if found = value != nil; found && copy(id[:], value) != idBytes {
			return fmt.Errorf("%w: entry of key %q", journal.ErrCorrupt, key)
		}
		return nil
	})
	return id, found, err
}

// naming tells in an error what was asked for.
func naming(id journal.ID, what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s task %s: %w", what, id, err)
}
