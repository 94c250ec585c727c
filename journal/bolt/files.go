package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// files is a journal's file as it is open. A compaction puts another one in its place
// between two commits: who reads the old one goes on with it until he is done.
type files struct {
	db       *bbolt.DB
	file     *os.File // the engine's
	image    *os.File // the same file, to look at pages beside bbolt
	log      *os.File // likewise, to write the log in front of the tables; nil for none
	pageSize int
	looks    looks        // see miss.go
	sound    sound        // see sound.go
	size     atomic.Int64 // that uncut has seen

	users   int // read transactions; guarded by Store.mu
	retired bool
}

// close closes the file, once.
func (f *files) close() error {
	err := f.image.Close()
	if errors.Is(err, os.ErrClosed) { // bbolt ignores it, too
		err = nil
	}
	if f.log != nil {
		_ = f.log.Close() // all that was written to it is synced, or the store has failed
	}
	return errors.Join(f.db.Close(), err)
}

// openLog opens the file once more, for its log. A write that the disk has not done is told
// to each open file once, by whichever sync comes first: if the log's and the engine's were
// one, the sync of the one would be told, and the other believe that all is well.
func (f *files) openLog(path string) (err error) {
	if f.log, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return err
	}
	return inPlace(path, f.log)
}

// uncut tells whether the file is as long as it was: it never becomes shorter by itself. What is
// written to one that was cut off, nobody can open. It asks by Seek: who asks for times, as Stat
// does, has the kernel write the inode with the commit that follows, which doubles its sync.
func (f *files) uncut() error {
	was := f.size.Load() // before the look: the file may be growing
	now, err := f.image.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if now < was {
		return fmt.Errorf("%w: its file was cut off: %d of %d bytes are there", journal.ErrCorrupt, now, was)
	}
	f.size.Store(now)
	return nil
}

// read runs fn in a read transaction of the file.
func (f *files) read(fn func(*bbolt.Tx) error) error {
	if err := f.delivered(); err != nil {
		return err
	}
	return guarded(func() error {
		return f.db.View(func(tx *bbolt.Tx) error {
			return readable(tx, func() error { return fn(tx) })
		})
	})
}

// enter returns the file to read, and keeps it open until leave.
func (s *Store) enter() *files {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files.users++
	return s.files
}

func (s *Store) leave(f *files) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.users--
	s.closeRetired(f)
}

// replace has everything from now on read and written in another file. It is for who is
// alone.
func (s *Store) replace(by *files) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.files
	s.files, old.retired = by, true
	s.closing.Add(1)
	s.closeRetired(old)
}

// closeRetired closes a file when nobody reads it any more, and not while somebody
// waits: it has no name, and to free its blocks takes long.
func (s *Store) closeRetired(f *files) {
	if f.retired && f.users == 0 {
		go func() {
			_ = f.close() // all that it had is in the other one
			s.closing.Done()
		}()
	}
}
