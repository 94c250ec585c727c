package bolt

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
	"bcp/migrations"
)

// compaction is a copy of a journal's file, FILE.new-compact, that has no free pages and
// follows the journal until it takes its place. It takes turns:
//
//	buckets by name, entries by key
//	+---------------------------------+------------------------+------------------+
//	| copied before: what commits     | the next entries       | to come: what is |
//	| have touched of it since        | are copied             | touched here is  |
//	| is copied again, or deleted     |                        | copied anyway    |
//	+---------------------------------+------------------------+------------------+
//	                                  at
//
// So after each turn the copy has all up to at as of the moment of the turn, but for what
// has been touched since it began, which comes again; and no read transaction is long.
// When all is copied, turns only follow, each a shorter time than the one before. The last
// one is taken between two commits: then the copy is what the journal is, which their sums
// must tell as well. It is synced and gets the journal's name, and the folder is synced
// before the next commit: whatever is told then is in the file that a restart finds. A
// crash leaves a whole file under the journal's name, and perhaps a copy, which the next
// opening removes.
//
// It knows nothing of what buckets are for: all but meta are copied alike, and what
// commits touch they tell in table.go. The log is none of them: the copy has another one, and
// there is nothing in either while the one takes the place of the other.
type compaction struct {
	ctx    context.Context
	store  *Store
	alone  func(func() error) error
	copied func(journal.Copied)
	pace   pacer // of turns

	place   string // of the journal, which a link may lead to
	to      *files
	follows *touched
	at      entryAt // up to it all is copied
	whole   bool    // all is
	placed  bool    // it is the journal's file
	sums    migrations.Sums

	done      journal.Copied
	compacted journal.Compacted
}

// compactFill is how full a compaction makes pages.
const compactFill = 0.9

// turn takes one turn. What was touched may be much: then it is of several transactions,
// each as of a moment of its own.
func (c *compaction) turn() error {
	list, err := c.follows.take()
	for first := true; err == nil && (first || len(list) > 0); first = false {
		err = andThen(c.checkRoom(0), func() error {
			return c.transact(func(t *turn) (err error) {
				if list, err = t.follow(list); err != nil || len(list) > 0 {
					return err
				}
				return andThen(t.goOn(), t.meta)
			})
		})
	}
	return err
}

// transact runs fn in a transaction of both files.
func (c *compaction) transact(fn func(*turn) error) error {
	return c.store.view(func(from *bbolt.Tx) error {
		return transact(c.to.db, c.place+copySuffix, c.store.blobs.disk, func(to *bbolt.Tx) error {
			return fn(&turn{c, from, to, newWays(from)})
		})
	})
}

// turn is one turn of a compaction, or a part of one.
type turn struct {
	*compaction
	from, into *bbolt.Tx
	ways       *ways // through from
}

// bucket returns a bucket of both files.
func (t *turn) bucket(name string) (from *tree.Cursor, into *bbolt.Bucket, err error) {
	if from, err = t.ways.in([]byte(name)); err != nil {
		return nil, nil, err
	}
	into, err = t.into.CreateBucketIfNotExists([]byte(name))
	if err == nil {
		into.FillPercent = compactFill
	}
	return from, into, err
}

// follow copies what was touched, as far as that was copied before, and returns what is
// more than a transaction may have.
func (t *turn) follow(list []entryAt) (rest []entryAt, err error) {
	bytes := int64(0)
	for n, e := range list {
		if !t.whole && e.compare(t.at) > 0 {
			break // the list is in order
		}
		if bytes >= t.store.turnBytes {
			return list[n:], nil
		}
		size, err := t.again(e)
		if err != nil {
			return nil, err
		}
		bytes += size
	}
	return nil, nil
}

// again copies an entry in the place of what the copy has of it, and returns its size.
func (t *turn) again(e entryAt) (size int64, err error) {
	from, into, err := t.bucket(e.bucket)
	if err != nil {
		return 0, err
	}
	key, sum := []byte(e.key), &t.sums[sumAt[e.bucket]]
	if old := into.Get(key); old != nil {
		*sum -= migrations.SumOf(key, old)
	}
	value, err := from.Find(key)
	if err != nil {
		return 0, damage(err)
	}
	size = int64(len(key) + len(value))
	if value == nil {
		return size, into.Delete(key)
	}
	*sum += migrations.SumOf(key, value)
	return size, into.Put(key, value)
}

// goOn copies the next entries, as many as a turn may.
func (t *turn) goOn() error {
	if t.whole {
		return nil
	}
	end := t.done.Bytes + t.store.turnBytes
	for _, name := range bucketNames(t.from) {
		if name < t.at.bucket {
			continue
		}
		if name > t.at.bucket {
			t.at = entryAt{bucket: name}
		}
		if over, err := t.entries(name, end); over || err != nil {
			return err
		}
	}
	t.whole = true
	return nil
}

// entries copies what comes behind at, and tells whether that is enough for a turn.
func (t *turn) entries(name string, end int64) (over bool, err error) {
	from, into, err := t.bucket(name)
	if err != nil {
		return false, err
	}
	last, sum := []byte(t.at.key), &t.sums[sumAt[name]]
	defer func() { t.at.key = string(last) }()
	key, value, err := from.Seek(last)
	if err == nil && len(last) > 0 && string(key) == string(last) {
		key, value, err = from.Next()
	}
	for ; err == nil && key != nil; key, value, err = from.Next() {
		if err := into.Put(key, value); err != nil {
			return false, err
		}
		*sum += migrations.SumOf(key, value)
		last = key
		if t.done.Bytes += int64(len(key) + len(value)); t.done.Bytes >= end {
			return true, nil
		}
	}
	return false, damage(err)
}

// meta copies the bucket that each commit changes, and that has no sum.
func (t *turn) meta() error {
	from, into, err := t.bucket(migrations.Meta)
	if err != nil {
		return err
	}
	return andThen(damage(from.ForEach(into.Put)), t.moveLog)
}

// moveLog has the copy tell of its own log, if that has one.
func (t *turn) moveLog() error {
	id, _, err := logIn(t.from)
	switch {
	case err != nil:
		return err
	case regionIn(t.into).size == 0:
		return t.into.Bucket(bucketMeta).Delete(keyLog)
	}
	return writeLogID(t.into, id)
}

// bucketNames lists the buckets of a file in order, without meta and the log.
func bucketNames(tx *bbolt.Tx) (names []string) {
	cursor := tx.Cursor()
	for name, _ := cursor.First(); name != nil; name, _ = cursor.Next() {
		if string(name) != migrations.Meta && string(name) != migrations.Log {
			names = append(names, string(name))
		}
	}
	return names
}

// checkArrived tells whether the copy's file has what was written to it.
func (c *compaction) checkArrived() error {
	var arrived migrations.Sums
	return c.to.read(func(tx *bbolt.Tx) error {
		for at, name := range migrations.Summed {
			if err := c.sum(tx.Bucket([]byte(name)), &arrived[at]); err != nil {
				return err
			}
		}
		return differ(&arrived, &c.sums)
	})
}

// sum adds the entries of a bucket up, some at a time.
func (c *compaction) sum(b *bbolt.Bucket, sum *uint64) error {
	cursor := b.Cursor()
	key, value := cursor.First()
	for key != nil {
		err := c.pace.run(c.ctx, func() error {
			for n := 0; key != nil && n < sumEntries; n++ {
				*sum += migrations.SumOf(key, value)
				key, value = cursor.Next()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sumEntries is how many entries are added up until a rest.
const sumEntries = 4096

func differ(got, want *migrations.Sums) error {
	for at, name := range migrations.Summed {
		if got[at] != want[at] {
			return fmt.Errorf("%w: the copy of bucket %s is not what was copied: the journal stays as it is", journal.ErrCorrupt, name)
		}
	}
	return nil
}
