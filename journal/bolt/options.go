package bolt

import (
	"cmp"
	"os"
	"time"

	"bcp/migrations"
)

// Options of an opening. With the zero value every commit goes to the tables, and nothing of
// the disk is set aside.
type Options struct {
	// LockTimeout is how long to wait for another process to let go of the
	// file. Default 250 ms: enough for one that is just ending. Readers wait longer while
	// another one brings in what a crash has left in the log.
	LockTimeout time.Duration

	// Reserve is how many bytes of the disk are set aside in the journal's file for
	// the ends of what was accepted; see reserve.go. On a small disk it is a quarter
	// of that. 0 for none: then Store.Room says nothing.
	Reserve int64

	// Broker is the identity of a journal that is made, zero for one of its own.
	Broker [16]byte

	// Disk is nil for that of the operating system.
	Disk Disk

	// Log is how many bytes the log in front of the tables has (see ahead.go), if it is made;
	// on a small disk it is a part of that. 0 for none: every commit goes to the tables.
	Log int64

	// LogStep is after how many records in the log a commit brings them into the tables, by
	// itself and before it returns; 0 for how a broker has it: beside commits. It is for
	// tests, in which nothing may happen by itself.
	LogStep int

	// Beside is for tests as well: with a LogStep a commit calls it when that is due, and
	// they choose when turn has commits go to the other half of the log, and when bring
	// brings into the tables what the first one has. Who reads that before has it brought
	// in. A broker does one after the other, in a goroutine.
	Beside func(turn, bring func() error)

	// Late has tasks end late (see late.go) that are among few, and folds a few of them
	// together: for tests, which have not as many as a broker for which that is meant.
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
