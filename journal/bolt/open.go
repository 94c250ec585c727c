package bolt

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"bcp/migrations"
)

// mapRoom is how much address space is reserved for a file to grow by when it is opened for
// writing. It takes no memory. A file that outgrows it is mapped anew, for which a commit waits
// until every read transaction has ended, as that of a backup.
const mapRoom = 16 << 30

// mapped is how much address space is reserved for a file of so many bytes.
func mapped(bytes int64) int { return int(min(uint64(bytes)+mapRoom, uint64(math.MaxInt)>>2)) }

// Open opens the journal at path for writing, and makes one if there is none. It begins a
// new epoch, durably, which fences off any earlier holder of the file. A journal of an older
// schema is migrated, and a backup of it is kept beside the file. Errors name the path, and
// wrap journal.ErrLocked, ErrForeign, ErrCorrupt or ErrNewer where one of these is the reason.
func Open(path string, options Options) (*Store, error) {
	return newSetup(options).open(path)
}

// OpenReadOnly opens the journal at path for tools. It makes and changes nothing, commits
// fail, and Meta has the epoch of the last Open. There is one exception: if a crash has left
// commits in the log that the tables lack, these are brought into the tables first, for which
// the file is opened for writing for a moment; other readers wait for that.
//
// A journal is open either in one broker or in tools: the other one gets journal.ErrLocked.
// Errors are those of Open. An older schema is an error as well, because only Open migrates.
func OpenReadOnly(path string, options Options) (*Store, error) {
	return newSetup(options).openReadOnly(path)
}

func (o setup) open(path string) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := create(path, o.migrations.Current(), o.Broker, o.Disk); err != nil {
			return nil, o.names(path).explain("create", err)
		}
	}
	s, err := o.begin(path)
	if err != nil {
		return nil, o.names(path).explain("open", err)
	}
	return s, nil
}

// begin opens a file that is there for writing. What its log alone has comes into the tables
// when these are of the current schema: a program can write no others.
func (o setup) begin(path string) (*Store, error) {
	return o.start(path, false, func(s *Store) error {
		return s.sayRoom(andThen(settlePlace(path, o.Disk),
			func() error { return o.migrations.Run(s.db, s.transact, s.backUp) },
			func() error { return s.takeOver(o.migrations.Current()) },
			s.loadLate, s.recover, s.sweep, s.blobs.check,
			func() error { return s.beginLog(o.Options) },
			func() error { return s.setReserve(o.Reserve) }))
	})
}

func (o setup) openReadOnly(path string) (*Store, error) {
	s, err := o.startReading(path)
	if errors.Is(err, errBehind) || errors.Is(err, berrors.ErrTimeout) {
		if err = o.bringIn(path); err == nil {
			s, err = o.startReading(path)
		}
	}
	if err != nil {
		return nil, explain("open", path, err)
	}
	return s, nil
}

func (o setup) startReading(path string) (*Store, error) {
	return o.start(path, true, func(s *Store) error { return s.look(o.migrations) })
}

// start opens the file and hands it to begin. It closes it again on any error.
func (o setup) start(path string, readOnly bool, begin func(*Store) error) (s *Store, err error) {
	pages, inspected, err := examine(path, o.patience())
	if err != nil {
		return nil, err
	}
	if !readOnly {
		o.openFile = o.claim(inspected)
	}
	var file *os.File
	err = guarded(func() error {
		info, err := pages.Stat()
		if err != nil {
			return err
		}
		db, err := bbolt.Open(path, 0o600, o.bbolt(readOnly, info.Size(), &file))
		if err != nil {
			return err
		}
		s = o.store(path, readOnly, &files{db: db, file: file, image: pages, pageSize: inspected.file.PageSize}, inspected)
		if err := errors.Join(inPlace(path, pages, file), s.read(s.identify)); err != nil {
			return err
		}
		return begin(s)
	})
	if err == nil {
		return s, nil
	}
	if s != nil {
		return nil, errors.Join(err, s.Close())
	}
	release(file)
	return nil, errors.Join(err, pages.Close())
}

// claim returns how the engine opens a file for writing that was inspected: it finds it locked, with
// a meta page that is durable, and with a list of free pages.
func (o setup) claim(i *image) func(string, int, os.FileMode) (*os.File, error) {
	return func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := o.openFile(name, flag&^os.O_CREATE, mode)
		if err != nil {
			return nil, err
		}
		err = andThen(lock(f, syscall.LOCK_EX, o.patience()), func() error { return i.prepare(onDisk{f, o.Disk}) })
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
}

// prepare has a locked file be as the engine is to find it.
func (i *image) prepare(f onDisk) error {
	now, err := openTree(f.File)
	return andThen(err, func() error { return now.KeepMeta(f) }, func() error { return i.listFree(f, now) })
}

// store returns what stands for the files of a journal, before anything is read of them.
func (o setup) store(path string, readOnly bool, f *files, i *image) *Store {
	s := &Store{
		path: path, readOnly: readOnly, freePagesMax: defaultFreePagesMax,
		files:     f,
		blobs:     blobs{folder: BlobFolder(path), disk: o.Disk, owner: o.owner, steps: o.at, spares: spares{room: spareRoom}},
		turnBytes: defaultTurnBytes, steps: o.at, stays: make(stays),
	}
	s.late.lateness, s.late.rows = o.lateness, i.rows
	return s
}

// inPlace tells whether these are still the file of that name: another process may
// have put one in its place before the lock was ours.
func inPlace(path string, ours ...*os.File) error {
	named, err := os.Stat(path)
	if err != nil {
		return err
	}
	for _, f := range ours {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if !os.SameFile(info, named) {
			return errors.New("it was replaced while it was being opened: try again")
		}
	}
	return nil
}

// release lets go of a file that bbolt has not closed, which is so when it
// panicked; a closed one, or nil, is no harm. The lock would outlive the close,
// for the map still refers to the file.
func release(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	_ = file.Close()
}

// bbolt returns the engine's options for a file of so many bytes; with them the file that it
// opens is put into *file.
func (o setup) bbolt(readOnly bool, bytes int64, file **os.File) *bbolt.Options {
	options := &bbolt.Options{
		Timeout:      o.patience(),
		FreelistType: bbolt.FreelistMapType,
		ReadOnly:     readOnly, PreLoadFreelist: o.freePages,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			f, err = o.openFile(name, flag, mode)
			*file = f
			return f, err
		},
	}
	if !readOnly {
		options.InitialMmapSize = mapped(bytes)
	}
	return options
}

// identify refuses a file that is not a journal.
func (s *Store) identify(tx *bbolt.Tx) (err error) {
	s.meta.Broker, err = identify(tx)
	return err
}

// takeOver begins a new epoch: an older holder of the file is fenced off.
func (s *Store) takeOver(schema uint32) error {
	return s.transact(func(tx *bbolt.Tx) error {
		if err := checkBuckets(tx); err != nil {
			return err
		}
		c, err := readCounters(tx)
		if err != nil {
			return err
		}
		c.epoch++
		s.meta.Schema = schema
		s.publish(c)
		return c.write(tx)
	})
}

// look reads what takeOver would, and changes nothing.
func (s *Store) look(set migrations.Set) error {
	err := s.read(func(tx *bbolt.Tx) error {
		schema, err := migrations.Schema(tx)
		if err != nil {
			return err
		}
		if err := checkCurrent(set, schema); err != nil {
			return err
		}
		if err := checkBuckets(tx); err != nil {
			return err
		}
		c, err := readCounters(tx)
		s.meta.Schema = schema
		s.publish(c)
		return errors.Join(err, s.loadLate())
	})
	if err != nil {
		return err
	}
	b, err := s.behind()
	if err == nil && b.entries > 0 {
		err = errBehind
	}
	return err
}

// checkCurrent tells whether a file can be read as it is, without a migration.
func checkCurrent(set migrations.Set, schema uint32) error {
	if err := set.Check(schema); err != nil {
		return err
	}
	if schema < set.Current() {
		return &olderError{schema, set.Current()}
	}
	return nil
}
