// Package bare measures the journal's engine alone, on the disk, with the records of
// tasks' lives and a sync in every commit.
//
//	lives --records--> bolt.Store --fdatasync--> disk
//	                       |
//	               /proc/self/io: bytes written
package bare

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/scripts/benchmark/internal/lives"
	"bcp/scripts/benchmark/internal/load"
	"bcp/scripts/benchmark/internal/proc"
)

// Wave is how many tasks have their submits in one commit, and their ends in the next.
const Wave = 1024

// pruneEach is how many tasks one step of pruning looks at: the broker's largest.
const pruneEach = 2048

// Flow is a journal through which tasks pass.
type Flow struct {
	dir   string
	store *bolt.Store
	maker *lives.Maker
	next  int // number of the next task
	keep  int // how many ended ones were kept by the last Pass
}

// Cost is what one task takes.
type Cost struct {
	Micros  float64 // of processor time: the clock's depends on who else uses the disk
	Written float64 // bytes
}

// NewFlow makes an empty journal in a new folder below parent, for tasks with bodies
// and results of so many bytes.
func NewFlow(parent string, size int) (*Flow, error) {
	dir, err := os.MkdirTemp(parent, "bcp-bench-")
	if err != nil {
		return nil, err
	}
	f := &Flow{dir: dir, maker: lives.NewMaker(size)}
	if err := f.open(bolt.LogBytes); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return f, nil
}

// open opens the journal with a log of so many bytes, as a broker does, or without.
func (f *Flow) open(log int64) (err error) {
	f.store, err = bolt.Open(f.path(), bolt.Options{Log: log})
	return err
}

func (f *Flow) path() string { return filepath.Join(f.dir, "bcp.db") }

// Close removes the journal.
func (f *Flow) Close() error { return errors.Join(f.store.Close(), os.RemoveAll(f.dir)) }

// Pass lets so many tasks pass, at least ten, and forgets all but the newest that are to be
// kept, a little with every wave, as a broker does. It returns what a task cost of each tenth.
func (f *Flow) Pass(tasks, keep int) (tenths [10]Cost, err error) {
	f.keep = keep
	for i := range tenths {
		if tenths[i], err = f.cost((i+1)*tasks/len(tenths) - i*tasks/len(tenths)); err != nil {
			return tenths, err
		}
	}
	return tenths, nil
}

// cost lets some tasks pass and tells what one took.
func (f *Flow) cost(tasks int) (Cost, error) {
	before, err := written()
	if err != nil {
		return Cost{}, err
	}
	began, err := proc.Own()
	if err != nil {
		return Cost{}, err
	}
	for done := 0; done < tasks; done += Wave {
		if err := f.wave(min(Wave, tasks-done)); err != nil {
			return Cost{}, err
		}
	}
	ended, err := proc.Own()
	if err != nil {
		return Cost{}, err
	}
	after, err := written()
	return Cost{
		Micros:  float64(ended-began) / float64(time.Microsecond) / float64(tasks),
		Written: float64(after-before) / float64(tasks),
	}, err
}

// wave commits the submits and dispatches of some tasks, and then their starts and ends.
func (f *Flow) wave(tasks int) error {
	var begun, ended []journal.Record
	for range tasks {
		given := f.maker.Given(f.next)
		begun = append(begun, f.maker.Submit(f.next), given[0])
		ended = append(ended, given[1], f.maker.End(f.next))
		f.next++
	}
	if err := f.store.Commit(begun); err != nil {
		return err
	}
	_, damage, err := f.store.CommitAndPrune(ended, f.retention(f.keep), pruneEach)
	return errors.Join(damage, err)
}

// retention keeps the newest so many tasks.
func (f *Flow) retention(keep int) journal.Retention {
	const forever = int64(time.Hour * 24 * 365 / time.Millisecond)
	return journal.Retention{NowMS: time.Now().UnixMilli(), EndedMS: forever, Ended: uint64(keep), KeysMS: forever}
}

// ForgetAll forgets all tasks.
func (f *Flow) ForgetAll() error {
	for {
		n, damage, err := f.store.CommitAndPrune(nil, f.retention(0), pruneEach)
		if err := errors.Join(damage, err); err != nil || n == 0 {
			return err
		}
	}
}

// Sizes returns how many bytes the file has up to its highest page, and how many a new one
// would have with the kept tasks alone.
func (f *Flow) Sizes() (size, fresh float64, err error) {
	other, err := NewFlow(filepath.Dir(f.dir), len(f.maker.Payload))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	if _, err := other.Pass(f.keep, f.keep); err != nil {
		return 0, 0, err
	}
	size, err = f.size()
	if err == nil {
		fresh, err = other.size()
	}
	return size, fresh, err
}

// size returns how many bytes the file has up to its highest page, with all that was
// committed in its tables.
func (f *Flow) size() (float64, error) {
	f.store.Meta() // has the log settled
	used, _, err := f.store.Pages()
	return float64(used), err
}

// commits is how many are measured, for the median.
const commits = 200

// Commit8 returns the median time of a commit of the 8 records of two tasks' lives to the
// tables, in microseconds. Commits go there from now on, and not to the log: it is the tables
// that have free pages.
func (f *Flow) Commit8() (float64, error) {
	if err := errors.Join(f.store.Close(), f.open(0)); err != nil {
		return 0, err
	}
	return f.commitTime(func(n int) []journal.Record {
		var records []journal.Record
		for i := range 2 {
			given := f.maker.Given(n + i)
			records = append(records, f.maker.Submit(n+i), given[0], given[1], f.maker.End(n+i))
		}
		return records
	}, 2)
}

// CommitOne returns the median time of a commit of one record, a submit, in microseconds.
func (f *Flow) CommitOne() (float64, error) {
	return f.commitTime(func(n int) []journal.Record { return []journal.Record{f.maker.Submit(n)} }, 1)
}

// commitTime commits what records makes, from the next task on, of so many tasks each.
func (f *Flow) commitTime(records func(n int) []journal.Record, tasks int) (float64, error) {
	took := make([]time.Duration, commits)
	for i := range took {
		batch := records(f.next)
		f.next += tasks
		began := time.Now()
		if err := f.store.Commit(batch); err != nil {
			return 0, err
		}
		took[i] = time.Since(began)
	}
	return float64(load.Percentile(took, 0.5)) / float64(time.Microsecond), nil
}

// written returns how many bytes this process has written so far, nearly all to the journal.
func written() (int64, error) {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0, fmt.Errorf("read the bytes written: %w", err)
	}
	return writeBytes(string(text))
}
