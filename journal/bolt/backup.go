package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Backup implements journal.Keeper. The copy is a journal like any other, with its large
// payloads in a folder beside it, and is verified before it gets its name. Damage that the
// journal has is in the copy as well: then the copy is kept, and the error wraps
// journal.ErrCorrupt.
//
// Commits go on meanwhile. Pages that they free are not reused until the copy is made, so
// the journal's file grows by what is written in that time. Files of large payloads that
// nothing refers to any more are removed afterwards.
func (s *Store) Backup(ctx context.Context, path string, progress func(journal.Copied)) error {
	if err := s.catchUp(); err != nil {
		return err
	}
	c, err := newCopying(ctx, s.blobs.disk, path, false, progress)
	if err != nil {
		return err
	}
	var damage error
	if err := c.finish(andThen(s.copyInto(c), func() (err error) { damage, err = c.damage(); return err })); err != nil {
		return err
	}
	return damage
}

// copyInto writes a copy as of one moment.
func (s *Store) copyInto(c *copying) error {
	s.blobs.hold()
	defer s.blobs.letGo()
	return s.viewLong(func(_ *files, tx *bbolt.Tx) error {
		ids, err := blobIDs(tx)
		if err != nil {
			return err
		}
		c.done.Total = tx.Size() + c.sizes(s.blobs.folder, ids)
		return c.run(func(w io.Writer) (int64, error) {
			n, err := tx.WriteTo(w)
			return n, andThen(err, func() error { return c.blank(regionIn(tx)) })
		}, s.blobs.folder, ids)
	})
}

// blank has a copy's log have nothing: commits go on while it is copied.
func (c *copying) blank(log region) error {
	_, err := c.fresh.WriteAt(make([]byte, log.size), log.from)
	return err
}

// BackupFile writes a backup of the journal at from to path, as Store.Backup does. No broker
// may have the journal open.
func BackupFile(ctx context.Context, from, path string, o Options, progress func(journal.Copied)) error {
	s, err := OpenReadOnly(from, o)
	if err != nil {
		return err
	}
	return errors.Join(s.Backup(ctx, path, progress), s.Close())
}

// damage tells what of a copy is not whole, before it has its name: a byte that was
// wrong in the journal is wrong in its copy, which is of use all the same.
func (c *copying) damage() (damage, err error) {
	problems, first, err := c.problems()
	if problems > 0 {
		damage = fmt.Errorf("%w: %s was written, and has %d problems as the journal has; the first is %s", journal.ErrCorrupt, c.path, problems, first)
	}
	return damage, err
}

// blobIDs lists the large payloads that a journal refers to.
func blobIDs(tx *bbolt.Tx) (ids []journal.ID, err error) {
	c, err := newWays(tx).in(bucketBlobs)
	if err != nil {
		return nil, err
	}
	err = c.ForEach(func(key, _ []byte) error {
		id, err := idOf(key)
		ids = append(ids, id)
		return err
	})
	return ids, damage(err)
}
