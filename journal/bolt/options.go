package bolt

import (
	"cmp"
	"os"
	"time"

	"bcp/migrations"
)

// Options say how a journal is opened. With the zero value there is no log, so that every
// commit goes to the tables, and no reserve.
type Options struct {
	// LockTimeout is how long to wait while another process has the file locked. The default,
	// 250 ms, is enough for a process that is just ending. A reader waits longer while
	// another one brings into the tables what a crash has left in the log.
	LockTimeout time.Duration

	// Reserve is how many bytes of the disk are set aside in the journal's file, so that
	// accepted tasks can still end when the disk is full (see reserve.go). It is at most a
	// quarter of the disk. With 0 nothing is set aside, and Store.Room returns a zero Room.
	Reserve int64

	// Broker is the identity of a journal that is made; zero: it gets a random one.
	Broker [16]byte

	// Disk makes durable what is written; nil: the operating system does.
	Disk Disk

	// Log is the size in bytes of the write-ahead log (see ahead.go) that is made if the
	// journal has none. It is smaller on a small disk. With 0 the log is not used, and every
	// commit goes to the tables.
	Log int64

	// LogStep is for tests, in which nothing may happen at a time of its own: a commit after
	// which so many records are in the log brings them into the tables before it returns.
	// With 0 that is done in the background, as in a broker.
	LogStep int

	// Beside is for tests with a LogStep. A commit after which so many records are in the log
	// calls it, instead of bringing them into the tables, and the test chooses when to do
	// that: turn has later commits go to the other half of the log, and then bring brings the
	// records of the first half into the tables. A read that needs these does both before. In
	// a broker a goroutine calls turn and then bring.
	Beside func(turn, bring func() error)

	// Late is for tests, which have few tasks: tasks end late (see late.go) also when few are
	// live, and they are folded a few at a time.
	Late bool
}

func (o Options) patience() time.Duration {
	if o.LockTimeout <= 0 {
		return defaultLockTimeout // bbolt would wait for ever
	}
	return o.LockTimeout
}

const defaultLockTimeout = 250 * time.Millisecond

// setup is Options, and what this package and its tests alone choose.
type setup struct {
	Options
	migrations migrations.Set
	openFile   func(string, int, os.FileMode) (*os.File, error)
	at         steps // of the life of a blob, of a compaction, or of an opening

	owner     *owner // whose new files are to be; nil for who makes them
	told      string // how errors name the file; "" for by its path
	freePages bool   // are looked up also when it is opened for reading only
	lateness  lateness
}

// steps is told what has been done, for tests; it may be nil.
type steps func(step string)

func (s steps) passed(step string) {
	if s != nil {
		s(step)
	}
}

func newSetup(options Options) setup {
	if options.Disk == nil {
		options.Disk = systemDisk{}
	}
	o := setup{Options: options, migrations: migrations.Journal, openFile: os.OpenFile, lateness: usualLateness}
	if o.Late {
		o.lateness = fewLateness
	}
	return o
}

func (o setup) names(path string) names { return names{made: path, told: cmp.Or(o.told, path)} }
