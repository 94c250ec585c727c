package bolt

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Store is a journal.Store in one bbolt file, and a journal.Keeper. Open makes one.
type Store struct {
	path     string
	readOnly bool
	blobs    blobs
	closing  sync.WaitGroup // of files in whose place there is another

	mu     sync.Mutex // guards meta, which readers ask for at any time, and which files they read
	meta   journal.Meta
	*files // changed by who holds settling, and commits of ahead

	follower   atomic.Pointer[touched] // of a compaction, see compaction.go
	compacting sync.Mutex              // one at a time
	turnBytes  int64                   // of its turns
	steps                              // of a compaction

	late late // see late.go

	ahead   *ahead                // the log in front of the tables, nil for none
	failed  atomic.Pointer[error] // what made the store fail, for good
	untold  atomic.Bool           // of which nobody has been told
	pruned  outcome               // that nobody has been told of
	unbound sync.Map              // keys of clients that damage keeps from standing for their tasks; of errors

	reserve int64 // how many bytes to set aside; see reserve.go

	settling sync.Mutex // held by who changes the tables; guards what follows
	closed   bool

	freePagesMax int // see freelist.go
	batch        journal.Batch
	arena        []byte    // what a commit encodes; bbolt needs it until the commit returns
	spell        int       // commits since one that took much of it
	stamps       []entered // that a commit puts into indexes
	stays        stays     // of pruning
}

var (
	_ journal.Store  = (*Store)(nil)
	_ journal.Keeper = (*Store)(nil)
)

// Meta implements journal.Store. The counters are those of the last commit.
func (s *Store) Meta() journal.Meta {
	_ = s.catchUp() // after an error they are those of the last that was well
	return s.metaNow()
}

// metaNow is Meta as the tables have it.
func (s *Store) metaNow() journal.Meta {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meta
}

func (s *Store) publish(c counters) {
	s.mu.Lock()
	s.meta.Epoch, s.meta.Last, s.meta.Ended = c.epoch, c.last, c.ended
	s.mu.Unlock()
	s.ahead.given(c.last)
}

// Close brings what only the log has into the tables, waits for read transactions and for
// removals of files to end, and closes the journal. The next Open then need not search the
// file for free pages (see freelist.go). Close returns a failure of the store in the
// background that no other call has returned.
func (s *Store) Close() error {
	err := s.settleLast()
	s.blobs.removing.Wait()
	s.blobs.spares.drop()
	s.closing.Wait()
	return errors.Join(err, s.saveFreelist(), s.close())
}

// failure tells that the store has failed, and why.
func (s *Store) failure() error {
	if err := s.failed.Load(); err != nil {
		s.untold.Store(false)
		return fmt.Errorf("%w: %w", journal.ErrFailed, *err)
	}
	return nil
}

// fail has nothing be written any more. The first reason counts.
func (s *Store) fail(err error) { s.failed.CompareAndSwap(nil, &err) }

// transact runs fn in a write transaction of the store's file, see there.
func (s *Store) transact(fn func(*bbolt.Tx) error) error {
	return andThen(s.uncut(), s.delivered, func() error { return transact(s.db, s.path, s.blobs.disk, fn) })
}

// view runs fn in a read transaction.
func (s *Store) view(fn func(tx *bbolt.Tx) error) error {
	return s.viewFile(func(_ *files, tx *bbolt.Tx) error { return fn(tx) })
}

// viewFile is view for who looks at the file as well, or at tasks: the hints stay that
// these may need.
func (s *Store) viewFile(fn func(*files, *bbolt.Tx) error) error {
	s.late.views.RLock()
	defer s.late.views.RUnlock()
	return s.viewLong(fn)
}

// viewLong is viewFile for who may take long, and looks for no task.
func (s *Store) viewLong(fn func(*files, *bbolt.Tx) error) error {
	f := s.enter()
	defer s.leave(f)
	return f.read(func(tx *bbolt.Tx) error { return fn(f, tx) })
}

// guarded runs fn and turns a panic into ErrCorrupt. bbolt trusts its pages:
// on a damaged one it panics, or touches memory that is not there.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", journal.ErrCorrupt, p)
		}
	}()
	return fn()
}
