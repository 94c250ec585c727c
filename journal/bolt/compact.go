package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// compactBytes bounds a transaction of a compaction, and with it the memory that it
// takes.
const compactBytes = 16 << 20

// compactFill is how full a compaction makes pages.
const compactFill = 0.9

// Compact writes the journal at path anew, without its free pages, and puts that in
// its place. No broker may have it open. The large payloads stay as they are. One that
// is damaged stays as it is: found is told of each problem, and the error wraps
// journal.ErrCorrupt. It returns the sizes of the file before and after.
func Compact(ctx context.Context, path string, o Options, found func(journal.Problem), progress func(journal.Copied)) (before, after int64, err error) {
	checked, err := VerifyFile(ctx, path, o, found, nil)
	if err == nil && checked.Problems > 0 {
		err = fmt.Errorf("%s: %w: it stays as it is", path, journal.ErrCorrupt)
	}
	if err != nil {
		return 0, 0, err
	}
	s, err := OpenReadOnly(path, o)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	c, err := newCopying(ctx, path, true, progress)
	if err != nil {
		return 0, 0, err
	}
	before = sizeOf(path)
	c.done.Total = before
	err = c.finish(s.compactInto(c))
	return before, sizeOf(path), err
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// compactInto copies every bucket into the fresh file, in bounded transactions.
func (s *Store) compactInto(c *copying) error {
	db, err := bbolt.Open(c.fresh.Name(), 0o600, &bbolt.Options{Timeout: time.Second, NoSync: true})
	if err != nil {
		return err
	}
	t := transfer{copying: c, db: db}
	err = s.view(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if err := t.bucket(name, tx.Bucket(name)); err != nil {
				return err
			}
		}
		return t.commit()
	})
	if err == nil {
		err = errors.Join(t.checkSums(), db.Sync())
	}
	if t.tx != nil {
		err = errors.Join(err, t.tx.Rollback())
	}
	return errors.Join(err, db.Close())
}

// transfer copies entries from one file to another.
type transfer struct {
	*copying
	db     *bbolt.DB
	tx     *bbolt.Tx
	gather int // bytes in the transaction
}

func (t *transfer) bucket(name []byte, from *bbolt.Bucket) error {
	if from == nil {
		return fmt.Errorf("%w: it has no bucket %q", journal.ErrCorrupt, name)
	}
	to, err := t.into(name)
	if err != nil {
		return err
	}
	return from.ForEach(func(key, value []byte) error {
		if t.gather += len(key) + len(value); t.gather > compactBytes {
			if err := t.commit(); err != nil {
				return err
			}
			if to, err = t.into(name); err != nil {
				return err
			}
		}
		return to.Put(key, value)
	})
}

// into returns a bucket of the fresh file in the transaction that is open.
func (t *transfer) into(name []byte) (b *bbolt.Bucket, err error) {
	if t.tx == nil {
		if t.tx, err = t.db.Begin(true); err != nil {
			return nil, err
		}
	}
	b, err = t.tx.CreateBucketIfNotExists(name)
	if err == nil {
		b.FillPercent = compactFill
	}
	return b, err
}

// checkSums tells whether all has arrived.
func (t *transfer) checkSums() error {
	return t.db.View(func(tx *bbolt.Tx) error {
		kept, err := migrations.ReadSums(tx)
		if err != nil {
			return err
		}
		arrived, err := migrations.CountSums(tx)
		if err == nil && arrived != kept {
			err = fmt.Errorf("%w: what was copied is not what was there", journal.ErrCorrupt)
		}
		return err
	})
}

func (t *transfer) commit() error {
	if err := t.ctx.Err(); err != nil || t.tx == nil {
		return err
	}
	err := t.tx.Commit()
	t.count(int64(t.gather))
	t.tx, t.gather = nil, 0
	return err
}
