package bolt

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// prune takes one step of pruning, by itself, and returns how many it forgot.
func prune(s journal.Store, r journal.Retention, limit int) (int, error) {
	n, damage, err := s.CommitAndPrune(nil, r, limit)
	return n, cmp.Or(err, damage)
}

// pruneAll prunes in steps of at most limit until there is nothing to forget.
func pruneAll(t *testing.T, s journal.Store, r journal.Retention, limit int) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = prune(s, r, limit); err != nil {
			t.Fatal(err)
		}
	}
}

// flipValue returns a change that flips the last byte of a task's value.
func flipValue(bucket []byte, id journal.ID) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		value := bytes.Clone(tx.Bucket(bucket).Get(id[:]))
		value[len(value)-1] ^= 1
		return tx.Bucket(bucket).Put(id[:], value)
	}
}

// TestDamagedRow flips a byte in each place where a task is stored: who reads
// it is told which task is damaged, and the others are read as before.
func TestDamagedRow(t *testing.T) {
	live, ended := benchID(1), benchID(2)
	for _, c := range []struct {
		bucket []byte
		id     journal.ID
		read   func(*Store) error
	}{
		{bucketState, live, func(s *Store) error { return errOf(s.Get(live)) }},
		{bucketState, live, func(s *Store) error {
			return journal.EachLive(s, func(journal.ID, []journal.Record) error { return nil })
		}},
		{bucketState, live, func(s *Store) error { return errOf(s.Scan(journal.Range{Live: true}, ignore)) }},
		{bucketState, live, func(s *Store) error { life := benchLife(1); return s.Commit(life[3:]) }},
		{bucketCheckpoints, live, func(s *Store) error { return errOf(s.Checkpoint(live)) }},
		{bucketOpen, live, func(s *Store) error { return errOf(s.Body(live)) }},
		{bucketDone, ended, func(s *Store) error { return errOf(s.Get(ended)) }},
		{bucketDone, ended, func(s *Store) error { return errOf(s.Scan(journal.Range{Ended: true}, ignore)) }},
		{bucketDone, ended, func(s *Store) error { return errOf(prune(s, endedBefore(math.MaxInt64, 0), 10)) }},
		{bucketResult, ended, func(s *Store) error { return errOf(s.Result(ended)) }},
	} {
		path := newFile(t)
		edit(t, path, flipValue(c.bucket, c.id))
		s := mustOpen(t, plain, path)
		err := c.read(s)
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), c.id.String()) {
			t.Errorf("damaged value in %s: %v; want %q and the task's ID", c.bucket, err, journal.ErrCorrupt)
		}
		if c.id == live {
			err = errOf(s.Get(ended))
		} else {
			err = errOf(s.Get(live))
		}
		if err != nil {
			t.Errorf("damaged value in %s: the other task: %v", c.bucket, err)
		}
		s.Close()
	}
}

func errOf[T any](_ T, err error) error { return err }

func ignore(journal.Entry) error { return nil }

// scanAll scans a store in pages of so many tasks, and returns what it found and the first error. A
// scan that goes on for ever ends as well.
func scanAll(t *testing.T, s *Store, limit int, descending bool) (all []journal.ID, damage error) {
	t.Helper()
	r := journal.Range{Live: true, Ended: true, Descending: descending, Limit: limit}
	for more := true; more && len(all) < 3*manyTasks; {
		var err error
		more, err = s.Scan(r, func(e journal.Entry) error { all, r.After = append(all, e.Task.ID), e.Task.ID; return nil })
		damage = cmp.Or(damage, err)
	}
	return all, damage
}

// A scan passes a damaged row over, and tells of it: the tasks behind it are there, either way and
// in pages of any size.
func TestScanPassesDamage(t *testing.T) {
	const tasks = 9
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	for n := range tasks {
		life := benchLife(n)
		mustCommit(t, s, life[:4-n%2]...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, flipValue(bucketDone, benchID(4)))
	s = mustOpen(t, plain, path)
	defer s.Close()
	for _, descending := range []bool{false, true} {
		for _, limit := range []int{1, 2, 4, tasks} {
			all, damage := scanAll(t, s, limit, descending)
			if len(all) != tasks-1 || !errors.Is(damage, journal.ErrCorrupt) || !strings.Contains(damage.Error(), benchID(4).String()) {
				t.Errorf("in pages of %d, descending %v: %d tasks, %v", limit, descending, len(all), damage)
			}
		}
	}
}

// So it does with a task that ended late.
func TestScanPassesDamageOfLate(t *testing.T) {
	options := lateOptions(lateness{min: manyTasks / 4, wait: manyTasks / 4, step: 4})
	path := withOthers(t, options)
	s := mustOpen(t, options, path)
	endOthers(t, s)
	for range manyTasks / 4 {
		step(t, s)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var id journal.ID
	edit(t, path, func(tx *bbolt.Tx) error {
		first, _ := tx.Bucket(bucketPlaces).Cursor().First()
		copy(id[:], first)
		return flipValue(bucketPlaces, id)(tx)
	})
	s = mustOpen(t, options, path)
	defer s.Close()
	for _, descending := range []bool{false, true} {
		all, damage := scanAll(t, s, 0, descending)
		if len(all) != manyTasks-1 || !errors.Is(damage, journal.ErrCorrupt) {
			t.Errorf("descending %v: %d tasks of %d, %v", descending, len(all), manyTasks-1, damage)
		}
	}
}

// Nor does a damaged row end the list of an array's members, and no member is made up for it.
func TestMembersPassDamage(t *testing.T) {
	path := withArray(t)
	begun := []journal.Record{{Task: benchID(arrayOfMany), Kind: journal.KindTally, Time: 1, Tally: &journal.Tally{
		Count: uint32(len(membersOfMany)), Next: 1, StartMS: 1, // the others began before their turn
	}}}
	for _, life := range membersOfMany {
		begun = append(begun, life...)
	}
	s := mustOpen(t, plain, path)
	mustCommit(t, s, begun...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	damaged := journal.IDOf(benchID(arrayOfMany), 1)
	edit(t, path, flipValue(bucketDone, damaged))
	s = mustOpen(t, plain, path)
	defer s.Close()
	array, err := s.Get(benchID(arrayOfMany))
	if err != nil {
		t.Fatal(err)
	}
	var all []journal.ID
	err = journal.Members(s, &array.Task, 0, func(m *journal.Task) (bool, error) { all = append(all, m.ID); return false, nil })
	if len(all) != len(membersOfMany)-1 || slices.Contains(all, damaged) || !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), damaged.String()) {
		t.Errorf("%d members of %d, %v", len(all), len(membersOfMany), err)
	}
}

// A leaf that bbolt panics about ends no list: the tasks in front of it and behind it are there.
func TestScanPassesRottenHead(t *testing.T) {
	late := lateOptions(lateness{wait: manyTasks / 8, step: 4})
	for _, c := range []struct {
		options setup
		bucket  []byte
		path    string
	}{
		{plain, bucketDone, withMany(t, plain, false)},
		{late, bucketPlaces, withMany(t, late, false)},
		{late, bucketLate, withMany(t, late, false)},
		{plain, bucketState, withLives(t)},
		{plain, bucketCheckpoints, withLives(t)},
	} {
		s := mustOpen(t, c.options, c.path)
		content, root, size := rootOf(t, c.path, c.bucket)
		count := int(binary.NativeEndian.Uint16(root[10:]))
		for _, child := range []int{0, count / 2, count - 1} {
			from := int(binary.NativeEndian.Uint64(root[16+16*child+8:])) * size
			leaf := content[from:][:size]
			overwriteInPlaceAt(t, c.path, []byte{leaf[8] ^ 4}, from+8)
			want := manyTasks - int(binary.NativeEndian.Uint16(leaf[10:]))
			for _, descending := range []bool{false, true} {
				for _, limit := range []int{7, 100, manyTasks} {
					if all, damage := scanAll(t, s, limit, descending); len(all) != want || !errors.Is(damage, journal.ErrCorrupt) {
						t.Errorf("leaf %d of %d of bucket %s, in pages of %d, descending %v: %d tasks, want %d, %v",
							child, count, c.bucket, limit, descending, len(all), want, damage)
					}
				}
			}
			overwriteInPlaceAt(t, c.path, leaf, from)
		}
		s.Close()
	}
}

// A branch that leads back while the store is open doesn't have a scan go round in it.
func TestScanGoesOnOnly(t *testing.T) {
	path := withMany(t, plain, false)
	s := mustOpen(t, plain, path)
	defer s.Close()
	content, root, size := rootOf(t, path, bucketDone)
	from := len(content) - len(root)
	element := func(i int) []byte { return root[16+16*i+8:] } // its child
	copy(element(2)[:8], element(1)[:8])
	overwriteInPlaceAt(t, path, content[from:from+size], from)
	for _, limit := range []int{2, 10, 20, 200} {
		all, damage := scanAll(t, s, limit, false)
		if !slices.IsSortedFunc(all, journal.ID.Compare) || len(slices.Compact(slices.Clone(all))) < len(all) || !errors.Is(damage, journal.ErrCorrupt) {
			t.Errorf("in pages of %d: %d tasks, %v", limit, len(all), damage)
		}
	}
}

// A payload that is gone is not taken for an empty one.
func TestMissingPayload(t *testing.T) {
	path := newFile(t)
	live, ended := benchID(1), benchID(2)
	edit(t, path, func(tx *bbolt.Tx) error {
		return errors.Join(tx.Bucket(bucketOpen).Delete(live[:]), tx.Bucket(bucketResult).Delete(ended[:]))
	})
	s := mustOpen(t, plain, path)
	defer s.Close()
	for _, err := range []error{errOf(s.Body(live)), errOf(s.Result(ended))} {
		if !errors.Is(err, journal.ErrCorrupt) {
			t.Errorf("missing payload: %v", err)
		}
	}
}

// Keys of the wrong length are damage as well.
func TestDamagedKeys(t *testing.T) {
	path := newFile(t)
	edit(t, path, func(tx *bbolt.Tx) error {
		return errors.Join(tx.Bucket(bucketDone).Put([]byte("\x00"), nil), tx.Bucket(bucketKeys).Put([]byte("k"), nil))
	})
	s := mustOpen(t, plain, path)
	defer s.Close()
	if _, err := s.Scan(journal.Range{Ended: true}, ignore); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("scan over a key that is no ID: %v", err)
	}
	if _, _, err := s.ByKey("k"); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("by a key whose entry is no ID: %v", err)
	}
}

// A live row that is well sealed but not the latest is no state to go on from, and
// neither is a file without one of its rows.
func TestStaleRow(t *testing.T) {
	life, id := benchLife(1), benchID(1)
	earlier, err := journal.AppendRow(nil, nil, &life[0])
	if err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func(*bbolt.Tx) error{
		"an earlier row": func(tx *bbolt.Tx) error { return tx.Bucket(bucketState).Put(id[:], earlier) },
		"no row":         func(tx *bbolt.Tx) error { return tx.Bucket(bucketState).Delete(id[:]) },
		"no checkpoint":  func(tx *bbolt.Tx) error { return tx.Bucket(bucketCheckpoints).Delete(id[:]) },
	} {
		path := newFile(t)
		edit(t, path, spoil)
		for how, open := range openers {
			if _, err := open(path, Options{}); !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "last commit") {
				t.Errorf("%s with %s: %v", how, what, err)
			}
		}
	}
}

// A task isn't forgotten early because an index has it at a wrong time.
func TestPruneAtWrongTime(t *testing.T) {
	path := newFile(t)
	edit(t, path, func(tx *bbolt.Tx) error {
		ends := tx.Bucket(bucketEnds)
		key, _ := ends.Cursor().First()
		early := bytes.Clone(key)
		early[6] ^= 0xff
		return errors.Join(ends.Delete(key), ends.Put(early, nil))
	})
	s := mustOpen(t, plain, path)
	defer s.Close()
	if n, err := prune(s, endedBefore(math.MaxInt64, math.MaxUint64), 10); n != 0 || !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("pruned %d tasks, %v", n, err)
	}
	if _, err := s.Get(benchID(2)); err != nil {
		t.Error(err)
	}
}

// A damaged row is passed by: the tasks behind it are pruned. It is told once,
// and stays.
func TestPrunePassesDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	for n := range 6 {
		life := benchLife(n)
		if err := s.Commit(life[:]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, flipValue(bucketDone, benchID(0)))
	s = mustOpen(t, plain, path)
	defer s.Close()
	if n, err := prune(s, endedBefore(0, 4), 10); n != 2 || !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("prune by number: %d, %v", n, err)
	}
	if n, err := prune(s, endedBefore(math.MaxInt64, math.MaxUint64), 2); n != 2 || err != nil {
		t.Errorf("prune by age, first step: %d, %v", n, err)
	}
	if n, err := prune(s, endedBefore(math.MaxInt64, math.MaxUint64), 2); n != 1 || err != nil {
		t.Errorf("prune by age, second step: %d, %v", n, err)
	}
	if meta := s.Meta(); meta.Ended != 1 {
		t.Errorf("%d tasks are left, want the damaged one", meta.Ended)
	}
	life := benchLife(9)
	if err := s.Commit(life[:]); err != nil {
		t.Errorf("commit after damage was found: %v", err)
	}
}
