package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"bcp/journal"
	"bcp/journal/bolt/tree"
	"bcp/migrations"
)

// source is a journal that is read without bbolt: a file that no broker has, as of
// one moment, or an open store, in steps that are as of one moment each.
type source interface {
	look(fn func(*image) error) error
	folder() string                // of the large payloads
	keeping(fn func() error) error // runs fn while these stay to which fn finds a reference
}

// stepEntries is how many entries one step looks at: few enough that a store that is
// in use keeps no old pages for it, and that its loop gets a processor in between.
const stepEntries = 256

// atRest is the file of a journal that no broker has open.
type atRest struct {
	f     *os.File
	image *image
	blobs string // the folder of its large payloads
	log   behind // what the tables lack
	hints error  // damage of where it says which tasks have ended late
}

func (a *atRest) look(fn func(*image) error) error {
	return guarded(func() error { return fn(a.image) })
}

func (a *atRest) folder() string { return a.blobs }

func (a *atRest) keeping(fn func() error) error { return fn() }

// close lets go of the file.
func (a *atRest) close() error { return a.f.Close() }

// openAtRest opens a file for reading, locked against brokers. What is wrong with it
// is told to damaged, as long as there is something left to read.
func openAtRest(path string, o Options, damaged func(error)) (*atRest, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, explain("open", path, err)
	}
	a := &atRest{f: f, blobs: BlobFolder(path)}
	err = lockShared(f, o.patience())
	if errors.Is(err, berrors.ErrTimeout) {
		err = newSetup(o).inTurn(path, func(o setup) error { return lockShared(f, o.patience()) })
	}
	err = andThen(err, func() error { return inPlace(path, f) }, func() error { return a.read(damaged) })
	if err != nil {
		return nil, errors.Join(explain("open", path, err), f.Close())
	}
	return a, nil
}

// openAgain opens the file once more, when what its log has is in the tables. Damage may keep
// it from there: that is told to damaged.
func (a *atRest) openAgain(path string, o Options, damaged func(error)) (*atRest, error) {
	err := andThen(a.close(), func() error { return newSetup(o).bringIn(path) })
	if errors.Is(err, journal.ErrCorrupt) {
		damaged(fmt.Errorf("%w: %w", errBehind, err))
	} else if err != nil {
		return nil, explain("open", path, err)
	}
	return openAtRest(path, o, damaged)
}

func (a *atRest) read(damaged func(error)) error {
	t, err := openTree(a.f)
	if t == nil {
		return err
	}
	if err != nil {
		damaged(err)
	}
	a.image, err = newImage(t)
	if err != nil {
		return err
	}
	t.Keep(tree.KeptBytes)
	a.hints = a.image.readHints()
	schema, err := migrations.DecodeSchema(a.image.meta[migrations.SchemaKey])
	if err != nil {
		return err
	}
	if err := checkCurrent(migrations.Journal, schema); err != nil {
		return err
	}
	if a.log, err = a.image.behind(); err != nil {
		damaged(err)
	}
	return nil
}

// inUse is a store that is open, by a broker as a rule.
type inUse struct{ s *Store }

func (u inUse) folder() string { return u.s.blobs.folder }

func (u inUse) keeping(fn func() error) error {
	u.s.blobs.hold()
	defer u.s.blobs.letGo()
	return fn()
}

// look reads the file beside bbolt: all of it in the end, and most of that nobody else needs in
// memory.
func (u inUse) look(fn func(*image) error) error {
	return u.s.viewFile(func(f *files, tx *bbolt.Tx) error {
		size := tx.DB().Info().PageSize
		t := tree.At(f.image, size, uint64(tx.Size())/uint64(size), uint64(tx.Cursor().Bucket().Root()))
		t.Keep(tree.KeptBytes) // for this step
		buckets, err := t.Buckets(nil)
		if err != nil {
			return damage(err)
		}
		return fn(&image{file: t, buckets: buckets, hints: &u.s.late.hints})
	})
}

// lockForChange takes the lock that a broker has, of a file that is about to be replaced.
func lockForChange(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// walkSome is walk for who keeps what he is given.
func (i *image) walkSome(bucket string, from []byte, n int, damaged func(error), fn func(key, value []byte)) (next []byte) {
	return i.walk(bucket, from, n, damaged, func(key, value []byte) {
		fn(append([]byte{}, key...), append([]byte{}, value...))
	})
}

// walk calls fn for entries of a bucket from a key on, n of them and what there is behind
// them up to the next leaf that is whole, and returns where to go on, which is where that
// begins; nil if that was all. Damaged pages are passed by. What fn is given is valid until it
// returns.
func (i *image) walk(bucket string, from []byte, n int, damaged func(error), fn func(key, value []byte)) (next []byte) {
	b := i.buckets[bucket]
	if b == nil {
		return nil
	}
	err := b.Leaves(tree.Walk{From: from, Damage: damaged}, func(l *tree.Leaf) (bool, error) {
		if n <= 0 && l.Sound() && string(l.Key(0)) > string(from) {
			next = bytes.Clone(l.Key(0))
			return false, nil
		}
		for at := range l.Len() {
			if key := l.Key(at); string(key) >= string(from) {
				fn(key, l.Value(at))
				n--
			}
		}
		return true, nil
	})
	if err != nil {
		damaged(err)
	}
	return next
}

// once has what is wrong with a page told once, though many steps come to it.
func once(damaged func(error)) func(error) {
	told := make(map[string]bool)
	return func(err error) {
		if what := err.Error(); !told[what] {
			told[what] = true
			damaged(err)
		}
	}
}

// get looks an entry up; damage on the way to it is an error.
func (i *image) get(bucket, key []byte) (value []byte, found bool, err error) {
	b := i.buckets[string(bucket)]
	if b == nil {
		return nil, false, nil
	}
	value, found, err = b.Get(key)
	return value, found, damage(err)
}

// getBehind is get of what has to be there: it is looked for behind damage as well.
func (i *image) getBehind(bucket, key []byte) (value []byte, found bool, err error) {
	value, found, err = i.get(bucket, key)
	if b := i.buckets[string(bucket)]; !found && b != nil {
		if value, found = b.Search(key); found {
			return value, true, nil
		}
	}
	return value, found, err
}
