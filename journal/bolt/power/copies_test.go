package power_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/journal/bolt/power"
)

// copies is a folder with a journal, an earlier backup of it, and the path of a copy of one of them.
type copies struct {
	t      *testing.T
	disk   *power.Disk
	now    shop // the journal
	backup shop
	copied string
}

// verb is a way to make a journal beside others, or in the place of one.
type verb struct {
	do   func(c *copies, d bolt.Disk) error
	path func(c *copies) string
	want func(c *copies) shop
}

var verbs = map[string]verb{
	"back up": {func(c *copies, d bolt.Disk) error {
		return bolt.BackupFile(c.t.Context(), c.now.path, c.copied, bolt.Options{Disk: d}, nil)
	}, (*copies).pathOfCopy, (*copies).ofJournal},
	"restore": {func(c *copies, d bolt.Disk) error {
		_, err := bolt.Restore(c.t.Context(), c.backup.path, c.copied, bolt.RestoreOptions{Disk: d})
		return err
	}, (*copies).pathOfCopy, (*copies).ofBackup},
	"restore what was moved here": {func(c *copies, d bolt.Disk) error {
		moved := filepath.Join(filepath.Dir(c.copied), "moved.db")
		err := os.Link(c.backup.path, moved)
		if _, none := os.Stat(bolt.BlobFolder(c.backup.path)); none == nil {
			err = errors.Join(err, os.CopyFS(bolt.BlobFolder(moved), os.DirFS(bolt.BlobFolder(c.backup.path))))
		}
		if err == nil {
			_, err = bolt.Restore(c.t.Context(), moved, c.copied, bolt.RestoreOptions{Disk: d})
		}
		return err
	}, (*copies).pathOfCopy, (*copies).ofBackup},
	"replace": {func(c *copies, d bolt.Disk) error {
		_, err := bolt.Restore(c.t.Context(), c.backup.path, c.now.path, bolt.RestoreOptions{Disk: d, Replace: true})
		return err
	}, (*copies).pathOfJournal, (*copies).ofBackup},
	"compact": {func(c *copies, d bolt.Disk) error {
		_, err := bolt.Compact(c.t.Context(), c.now.path, bolt.Options{Disk: d}, journal.Observer{})
		return err
	}, (*copies).pathOfJournal, (*copies).ofJournal},
	"import": {func(c *copies, d bolt.Disk) error {
		i, err := bolt.OpenImport(c.copied, bolt.Options{Disk: d})
		if err != nil {
			return err
		}
		_, err = i.Import(c.exported())
		return i.End(err)
	}, (*copies).pathOfCopy, (*copies).ofJournal},
}

func (c *copies) pathOfCopy() string    { return c.copied }
func (c *copies) pathOfJournal() string { return c.now.path }
func (c *copies) ofJournal() shop       { return c.now }
func (c *copies) ofBackup() shop        { return c.backup }

func (c *copies) exported() (items []journal.Item) {
	x, err := bolt.OpenExport(c.now.path, bolt.Options{}, func(p journal.Problem) { c.t.Error(p) })
	if err == nil {
		err = errors.Join(x.Export(c.t.Context(), nil, func(i journal.Item) error { items = append(items, i); return nil }), x.Close())
	}
	if err != nil {
		c.t.Error(err)
	}
	return items
}

func newCopies(t *testing.T, seed uint64) *copies {
	t.Helper()
	s := newShop(t, seed)
	t.Cleanup(s.remove)
	s.small = seed%2 == 1
	root := filepath.Dir(s.path)
	c := &copies{t: t, disk: s.disk, now: *s, copied: filepath.Join(root, "copied.db")}
	err := c.now.open()
	for err == nil && c.now.count < 12 {
		if c.now.count == 6 {
			c.backup = c.now
			c.backup.path, c.backup.live = filepath.Join(root, "backup.db"), maps.Clone(c.now.live)
			err = c.now.store.Backup(t.Context(), c.backup.path, nil)
		}
		err = errors.Join(err, c.now.add())
	}
	if err := errors.Join(err, c.now.store.Close()); err != nil {
		t.Fatal(err)
	}
	return c
}

// add begins a task and ends another.
func (s *shop) add() error {
	n, size, ended := s.count+1, 1+s.rand.IntN(20_000), s.oldest()
	if s.small {
		size |= 1
	}
	err := s.commit(n, size, ended)
	if err == nil {
		s.count = n
		s.book(n, size, ended)
	}
	return err
}

// cut cuts the power, unless it was cut before, and turns it on again.
func (c *copies) cut() {
	c.t.Helper()
	c.disk.Cut()
	if err := c.disk.Restore(); err != nil {
		c.t.Fatal(err)
	}
}

// is tells what differs at a path from a journal. While it is opened something may be done with it.
func (s shop) is(path string, do func(*shop) error) (err error) {
	s.path = path
	if err := s.open(); err != nil {
		return err
	}
	if err = s.check(); err == nil {
		err = do(&s)
	}
	return errors.Join(err, s.store.Close())
}

func nothing(*shop) error { return nil }

// check looks for all that has to be there after a verb, which is done or broken off. Something may
// be done with what it has made, if that is there, or with what was in its place.
func (c *copies) check(v verb, done bool, do func(*shop) error) error {
	path, made := v.path(c), v.want(c)
	_, err := os.Stat(path)
	replaced := err == nil && path == c.now.path
	if err == nil || done {
		if err = made.is(path, do); err != nil && replaced && !done {
			replaced, err = false, c.now.is(path, do)
		}
		if err != nil {
			return fmt.Errorf("what was made: %w", err)
		}
	}
	switch {
	case replaced && made.path != c.now.path:
		err = c.now.is(path+".replaced-1", nothing)
	case path != c.now.path:
		err = c.now.is(c.now.path, nothing)
	}
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	if err := c.backup.is(c.backup.path, nothing); err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	return nil
}

const (
	copiesLives = 40
	copiesSyncs = 20 // more than a verb has
)

// TestCopies: wherever the power is cut while a journal is made of another, or behind that, what has
// a name then is whole, and what was there before is there.
func TestCopies(t *testing.T) {
	for name, v := range verbs {
		t.Run(name, func(t *testing.T) {
			cuts := 0
			for seed := range uint64(copiesLives) {
				c := newCopies(t, seed)
				c.disk.Arm(int(seed / 2 % copiesSyncs))
				if err := v.do(c, c.disk); err != nil {
					t.Fatal(err)
				}
				done := !c.disk.IsCut()
				if !done {
					cuts++
				}
				c.cut()
				if err := c.check(v, done, nothing); err != nil {
					t.Errorf("seed %d, done %v: %v", seed, done, err)
				}
			}
			if cuts == 0 || cuts == copiesLives {
				t.Errorf("it is cut %d times", cuts)
			}
		})
	}
}

// faulty is a disk on which one of the syncs is a fault, after so many others.
type faulty struct {
	*power.Disk
	left  int
	fault func() error
}

func (d *faulty) Sync(f *os.File) error {
	return d.sync(func() error { return d.Disk.Sync(f) })
}

func (d *faulty) SyncFolder(path string) error {
	return d.sync(func() error { return d.Disk.SyncFolder(path) })
}

func (d *faulty) sync(do func() error) error {
	d.left--
	if d.left == -1 {
		return d.fault()
	}
	return do()
}

// TestCopiesBrokenOff: a process that makes a journal of another is killed, or a sync fails. Another
// process goes on with what there is, and then the power is cut.
func TestCopiesBrokenOff(t *testing.T) {
	for name, v := range verbs {
		for what, fault := range map[string]func() error{
			"killed": func() error { runtime.Goexit(); return nil },
			"failed": func() error { return syscall.EIO },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				for seed := range uint64(copiesLives) {
					c := newCopies(t, seed)
					d := &faulty{Disk: c.disk, left: int(seed / 2 % copiesSyncs), fault: fault}
					if err := c.breakOff(v, d); (err == nil) != (d.left >= 0) {
						t.Errorf("seed %d: %d syncs before the fault, %v", seed, d.left, err)
					}
					if err := c.goOn(v, d.left >= 0); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
				}
			})
		}
	}
}

var errKilled = errors.New("killed")

// breakOff does it in a process that may be killed, of which no lock is left.
func (c *copies) breakOff(v verb, d bolt.Disk) error {
	over := make(chan error, 1)
	go func() {
		err := errKilled
		defer func() { over <- err }()
		err = v.do(c, d)
	}()
	err := <-over
	fds, _ := os.ReadDir("/proc/self/fd")
	for _, fd := range fds {
		n, _ := strconv.Atoi(fd.Name())
		if to, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(to, filepath.Dir(c.copied)) {
			_ = syscall.Flock(n, syscall.LOCK_UN)
		}
	}
	return err
}

// goOn has another process commit to what was made, or what is in its place, and the power fail.
func (c *copies) goOn(v verb, done bool) error {
	went := map[string]shop{}
	if err := c.check(v, done, func(s *shop) error { err := s.add(); went[s.path] = *s; return err }); err != nil {
		return fmt.Errorf("before the cut: %w", err)
	}
	c.cut()
	for path, s := range went {
		if err := s.is(path, nothing); err != nil {
			return fmt.Errorf("where another process went on: %w", err)
		}
	}
	return nil
}
