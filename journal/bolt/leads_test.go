package bolt

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"bcp/journal"
)

// wrongWays are to where a branch with so many children may lead, other than to what it has.
var wrongWays = map[string]func(branch []byte, count int, other uint64){
	"itself": func(branch []byte, count int, _ uint64) {
		for i := range count {
			copy(branch[16+16*i+8:][:8], branch[:8])
		}
	},
	"another bucket": func(branch []byte, count int, other uint64) {
		for i := range count {
			binary.NativeEndian.PutUint64(branch[16+16*i+8:], other)
		}
	},
}

// A branch leads back to itself, or into another bucket, while the journal is in use: whatever is
// asked for then, or done, comes to an end, and either that is right or it tells of the page.
func TestWrongWayInUse(t *testing.T) {
	late := lateOptions(lateness{wait: manyTasks / 8, step: 4, lone: true})
	atOnce := lateOptions(lateness{min: math.MaxInt})
	for _, c := range []struct {
		options setup
		buckets []string
	}{
		{late, []string{"state", "open", "keys", "settings", "checkpoints", "gone", "ages", "ends", "late", "lateresults", "places"}},
		{atOnce, []string{"done", "result"}},
	} {
		path := withAll(t, c.options)
		for _, bucket := range c.buckets {
			for where, lead := range wrongWays {
				for what, all := range uses {
					t.Run(fmt.Sprintf("%s to %s, %s", bucket, where, what), func(t *testing.T) {
						rotten := filepath.Join(inMemory(t), "bcp.db")
						if err := copyFile(systemDisk{}, path, rotten, nil); err != nil {
							t.Fatal(err)
						}
						s := mustOpen(t, c.options, rotten)
						defer s.Close()
						misleadBy(t, rotten, bucket, lead)
						for _, do := range all {
							if err := do(s); err != nil && (!errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), ": page ")) {
								t.Error(err)
							}
						}
					})
				}
			}
		}
	}
}

// So it is where the journal says which tasks ended late, when that is gone through and when what is
// folded is taken from it.
func TestWrongWayToUnfolded(t *testing.T) {
	const tasks = manyTasks / 2
	path := filepath.Join(inMemory(t), "bcp.db")
	s := mustOpen(t, lateOptions(lateness{wait: tasks, step: 4}), path)
	for n := range tasks {
		life := benchLife(n)
		mustCommit(t, s, life[:3]...)
	}
	for n := range tasks {
		mustCommit(t, s, benchLife(n)[3])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for what, wait := range map[string]int{"begin": 4, "import": 4 * tasks} {
		rotten := filepath.Join(inMemory(t), "bcp.db")
		if err := copyFile(systemDisk{}, path, rotten, nil); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, lateOptions(lateness{wait: wait, step: tasks}), rotten)
		misleadBy(t, rotten, "unfolded", wrongWays["itself"])
		err := uses[what][0](s)
		if s.Close(); !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "bucket unfolded: page ") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// misleadBy has the root of a bucket lead elsewhere.
func misleadBy(t *testing.T, path, bucket string, lead func(branch []byte, count int, other uint64)) {
	t.Helper()
	from := bucketKeys
	if bucket == string(from) {
		from = bucketOpen
	}
	_, other, size := rootOf(t, path, from)
	content, root, _ := rootOf(t, path, []byte(bucket))
	if binary.NativeEndian.Uint16(root[8:]) != 1 {
		t.Fatalf("bucket %s has no branch", bucket)
	}
	lead(root, int(binary.NativeEndian.Uint16(root[10:])), binary.NativeEndian.Uint64(other[16+8:]))
	overwriteInPlaceAt(t, path, root[:size], len(content)-len(root))
}

// withAll makes a journal in which there is much of all.
func withAll(t *testing.T, options setup) (path string) {
	t.Helper()
	var begin, end []journal.Record
	for n := range 2 * manyTasks {
		life := benchLife(n)
		life[0].Spec.Key = fmt.Sprintf("key %06d", n)
		begin = append(append(begin, life[:3]...), savedOf(n), settingOf(n))
		if n%2 == 0 {
			end = append(end, life[3])
		}
	}
	path = withCommits(t, options, begin, end[:manyTasks/2], end[manyTasks/2:])
	s := mustOpen(t, options, path)
	defer s.Close()
	if n, err := prune(s, keeping(manyTasks/2), manyTasks); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	return path
}

// keeping remembers so many tasks that have ended, and all keys.
func keeping(tasks uint64) journal.Retention {
	return journal.Retention{NowMS: math.MaxInt32, EndedMS: math.MaxInt32, Ended: tasks, KeysMS: math.MaxInt32, Keys: manyTasks}
}

// uses are what a store is used for.
var uses = map[string][]func(*Store) error{
	"looks": {lookAll, func(s *Store) error {
		_, _, err := s.ByKey("key 000001a")
		return cmp.Or(err, errOf(s.Unused("key 000001a")))
	}, func(s *Store) error {
		return errOf(s.Scan(journal.Range{Live: true, Ended: true}, ignore))
	}, func(s *Store) error {
		return errOf(s.Scan(journal.Range{Ended: true, Descending: true}, ignore))
	}, func(s *Store) error {
		return errOf(s.Scan(journal.Range{Live: true, After: benchID(manyTasks), Descending: true}, ignore))
	}, func(s *Store) error {
		return s.Live(func(*journal.LiveRow) error { return nil })
	}, func(s *Store) error {
		return s.Settings(func(journal.Record) error { return nil })
	}, func(s *Store) error {
		return s.Export(context.Background(), nil, func(journal.Item) error { return nil }, func(journal.Problem) {})
	}, func(s *Store) error {
		return errOf(s.Verify(context.Background(), nil, nil))
	}, func(s *Store) error {
		return unless("it stays as it is", errOf(s.Compact(context.Background(), func(fn func() error) error { return fn() }, journal.Observer{})))
	}},
	"prune": {func(s *Store) error { return errOf(prune(s, keeping(10), manyTasks)) }},
	"begin": {func(s *Store) error { life := benchLife(3 * manyTasks); return s.Commit(life[:3]) }},
	"again": {func(s *Store) error { life := benchLife(2); return unless("it is there already", s.Commit(life[:3])) }},
	"end":   {func(s *Store) error { return s.Commit([]journal.Record{benchLife(1)[3], benchLife(manyTasks + 1)[3]}) }},
	"import": {func(s *Store) error {
		return errOf(s.Import([]journal.Item{itemOf(3*manyTasks, "another key")}))
	}, func(s *Store) error {
		return errOf(s.Import([]journal.Item{itemOf(2*manyTasks-1, fmt.Sprintf("key %06d", 2*manyTasks-1))}))
	}},
	"save": {func(s *Store) error { return s.Commit([]journal.Record{savedOf(1)}) }},
	"set":  {func(s *Store) error { return s.Commit([]journal.Record{settingOf(1)}) }},
}

// itemOf is a task that runs, to be imported.
func itemOf(n int, key string) journal.Item {
	life := benchLife(n)
	life[0].Spec.Key = key
	row, err := journal.AppendRow(nil, nil, &life[0], &life[1], &life[2])
	if err != nil {
		panic(err)
	}
	e, err := journal.DecodeEntry(life[0].Task, row)
	if err != nil {
		panic(err)
	}
	return journal.Item{Row: row, Entry: &e, Body: life[0].Payload}
}

// lookAll reads all that there is of each task.
func lookAll(s *Store) (err error) {
	for n := range 2 * manyTasks {
		id := benchID(n)
		_, getErr := s.Get(id)
		_, bodyErr := s.Body(id)
		_, resultErr := s.Result(id)
		_, savedErr := s.Checkpoint(id)
		_, stoneErr := s.Tombstone(id)
		_, _, keyErr := s.ByKey(fmt.Sprintf("key %06d", n))
		for _, one := range []error{getErr, bodyErr, resultErr, savedErr, stoneErr, keyErr} {
			if !errors.Is(one, journal.ErrNotFound) {
				err = cmp.Or(err, one)
			}
		}
	}
	return err
}

// unless passes an error by that says something.
func unless(says string, err error) error {
	if err != nil && strings.Contains(err.Error(), says) {
		return nil
	}
	return err
}
