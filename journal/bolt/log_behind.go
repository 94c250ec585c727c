package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
	"bcp/migrations"
)

// behind is what the log has and the tables lack.
type behind struct {
	entries int
	records []journal.Record
	last    wal.ID
}

// blobs are those that it refers to.
func (b behind) blobs() map[journal.ID]bool {
	ids := map[journal.ID]bool{}
	for i := range b.records {
		ids[b.records[i].Blob.ID] = true
	}
	return ids
}

// readBehind reads it in a region of which the tables have all up to an entry. Damage is an
// error that wraps journal.ErrCorrupt.
func readBehind(data []byte, done wal.ID) (b behind, err error) {
	b.last = done
	entries, err := wal.Read(data, done)
	if err != nil {
		return b, fmt.Errorf("%w: %w", journal.ErrCorrupt, err)
	}
	b.entries = len(entries)
	for _, e := range entries {
		if b.records, err = journal.DecodeLogged(b.records, slices.Clone(e.Content)); err != nil {
			return b, fmt.Errorf("entry %d of the log: %w", e.Seq, err)
		}
		b.last.Seq = e.Seq
	}
	return b, nil
}

// behind reads it in the store's file.
func (s *Store) behind() (b behind, err error) {
	err = s.viewFile(func(f *files, tx *bbolt.Tx) error {
		done, r, err := logIn(tx)
		if b.last = done; err != nil || done.Mark == 0 {
			return err
		}
		data := make([]byte, r.size) // no part of the map, which a commit may move
		if _, err := f.image.ReadAt(data, r.from); err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		b, err = readBehind(data, done)
		return err
	})
	return b, err
}

// behind reads what the file's log has and its tables lack.
func (i *image) behind() (behind, error) {
	sealed := i.meta[string(keyLog)]
	if saysNothing(sealed) {
		return behind{}, nil
	}
	value, there, err := i.get(bucketLog, keyRegion)
	if err != nil {
		return behind{}, err
	}
	var r region
	if there {
		r = regionOf(i.buckets[migrations.Log].Root(), i.file.PageSize, len(value))
	}
	done, err := openLogID(sealed, r)
	if err != nil {
		return behind{}, err
	}
	return readBehind(value[int64(len(value))-r.size:], done)
}

// recover brings into the tables what another opening has left in the log alone.
func (s *Store) recover() error {
	b, err := s.behind()
	if err != nil || b.entries == 0 {
		return err
	}
	s.settling.Lock()
	defer s.settling.Unlock()
	if err := s.commit(b.records, &choice{}, b.last); err != nil {
		return fmt.Errorf("bring %d commits from the log into the tables: %w", b.entries, err)
	}
	return nil
}

// errBehind tells that a file's log has what its tables lack.
var errBehind = errors.New("what a crash has left in the log is not in the tables yet")

// bringIn brings what the log of a file has into its tables: who only reads can't. Who comes
// to that while another process does it waits, and finds it done.
func (o setup) bringIn(path string) error {
	err := o.inTurn(path, func(o setup) error {
		s, err := o.startReading(path)
		if errors.Is(err, errBehind) {
			o.Log, o.Reserve, o.LockTimeout = 0, 0, turnMax // they look at the file who wait
			s, err = o.begin(path)
		}
		return andThen(err, func() error {
			_, damage := s.pruned.take() // nobody else is told
			return errors.Join(damage, s.Close())
		})
	})
	if err = withoutName(path, err); errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w: read it as a user who may write the file, or read a copy", err, errBehind)
	}
	return err
}
