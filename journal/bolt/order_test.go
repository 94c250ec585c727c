package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// manyTasks are so many that each bucket has several leaves.
const manyTasks = 800

// withMany makes a journal whose tasks have ended; live tells that they have not.
func withMany(t *testing.T, options setup, live bool) (path string) {
	t.Helper()
	var begin, end []journal.Record
	for n := range manyTasks {
		life := benchLife(n)
		life[0].Spec.Key = fmt.Sprintf("key %06d", n)
		begin, end = append(begin, life[:3]...), append(end, life[3])
	}
	if live {
		return withCommits(t, options, begin)
	}
	return withCommits(t, options, begin, end)
}

// withCommits makes a journal with these commits.
func withCommits(t *testing.T, options setup, commits ...[]journal.Record) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, options, path)
	for _, records := range commits {
		mustCommit(t, s, records...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// rottenKey returns the content of a file in which a bit is wrong in one of the eight parts of
// a key, that of an entry of the bucket's first leaf, or of its last one.
func rottenKey(t *testing.T, path string, bucket []byte, last bool, entry, part int) []byte {
	t.Helper()
	content, page := leafOf(t, path, bucket, last)
	element := page[16+16*entry:]
	key := element[binary.NativeEndian.Uint32(element[4:]):][:binary.NativeEndian.Uint32(element[8:])]
	key[part*len(key)/8] ^= 1 << part
	return content
}

// rottenHead is the same with a bit of the leaf that says what sort of page it is: bbolt panics
// there.
func rottenHead(t *testing.T, path string, bucket []byte, last bool) []byte {
	t.Helper()
	content, page := leafOf(t, path, bucket, last)
	page[8] ^= 4
	return content
}

// rottenOverflow is the same with a bit that says how many pages belong to the leaf.
func rottenOverflow(t *testing.T, path string, bucket []byte, last bool) []byte {
	t.Helper()
	content, page := leafOf(t, path, bucket, last)
	page[12] ^= 1
	return content
}

// leafOf returns the content of a file, and in it the first leaf of a bucket, or its last one.
func leafOf(t *testing.T, path string, bucket []byte, last bool) (content, leaf []byte) {
	t.Helper()
	content, branch, pageSize := rootOf(t, path, bucket)
	child := branch[16:]
	if last {
		child = branch[16*binary.NativeEndian.Uint16(branch[10:]):]
	}
	return content, content[int(binary.NativeEndian.Uint64(child[8:]))*pageSize:]
}

// rootOf returns the content of a file, and in it the root of a bucket.
func rootOf(t *testing.T, path string, bucket []byte) (content, root []byte, pageSize int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := openTree(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := file.Buckets(nil)
	content, readErr := os.ReadFile(path)
	if err = errors.Join(err, readErr); err != nil {
		t.Fatal(err)
	}
	return content, content[int(all[string(bucket)].Root())*file.PageSize:], file.PageSize
}

// eachRottenKey calls fn with all such files, one after the other.
func eachRottenKey(t *testing.T, path string, bucket []byte, fn func(t *testing.T, path string)) {
	t.Helper()
	eachRottenKeyOf(t, path, bucket, false, fn)
}

func eachRottenKeyOf(t *testing.T, path string, bucket []byte, last bool, fn func(t *testing.T, path string)) {
	t.Helper()
	run := func(what string, content []byte) {
		t.Run(fmt.Sprintf("%s/%s", bucket, what), func(t *testing.T) {
			rotten := filepath.Join(inMemory(t), "bcp.db")
			if err := os.WriteFile(rotten, content, 0o600); err != nil {
				t.Fatal(err)
			}
			fn(t, rotten)
		})
	}
	for _, entry := range []int{0, 3} {
		for _, part := range []int{0, 2, 5, 7} {
			run(fmt.Sprintf("entry %d/part %d", entry, part), rottenKey(t, path, bucket, last, entry, part))
		}
	}
	run("head", rottenHead(t, path, bucket, last))
	run("overflow", rottenOverflow(t, path, bucket, last))
}

// isHead tells whether the test is with such a head.
func isHead(t *testing.T) bool { return strings.HasSuffix(t.Name(), "/head") }

// mustGoOn tells of a journal that can't be opened or written any more.
func mustGoOn(t *testing.T, options setup, path string) {
	t.Helper()
	s, err := options.open(path)
	if err != nil {
		t.Fatal(err)
	}
	life := benchLife(2 * manyTasks)
	if err := errors.Join(s.Commit(life[:]), s.Close()); err != nil {
		t.Fatal(err)
	}
}

// A wrong bit in a key of what has ended costs the tasks of that leaf, and of those beside it,
// their pruning, and nothing else: nothing is written there, and nobody is told twice.
func TestPruneLeavesRottenLeaves(t *testing.T) {
	late := lateOptions(lateness{wait: manyTasks / 2, step: 4})
	for _, c := range []struct {
		options setup
		buried  bool // the tasks are forgotten before
		then    journal.Retention
		buckets [][]byte
	}{
		{plain, false, journal.Retention{}, [][]byte{bucketEnds, bucketDone, bucketResult, bucketKeys}},
		{plain, true, journal.Retention{Keys: manyTasks, KeysMS: -1}, [][]byte{bucketAges, bucketGone, bucketKeys}},
		{late, false, journal.Retention{Keys: manyTasks, KeysMS: math.MaxInt32}, [][]byte{bucketLate, bucketLateResults, bucketPlaces}},
	} {
		path := withMany(t, c.options, false)
		if c.buried {
			if n := pruneMany(t, c.options, path, journal.Retention{Keys: manyTasks, KeysMS: math.MaxInt32}); n != manyTasks {
				t.Fatalf("%d tasks are forgotten", n)
			}
		}
		for _, bucket := range c.buckets {
			eachRottenKey(t, path, bucket, func(t *testing.T, path string) {
				n := pruneMany(t, c.options, path, c.then)
				if n < manyTasks-2*leafMost {
					t.Errorf("%d of %d are pruned", n, manyTasks)
				}
				mustGoOn(t, c.options, path)
			})
		}
	}
}

// pruneMany forgets what has been kept long enough by now, in steps, and returns how many.
func pruneMany(t *testing.T, options setup, path string, r journal.Retention) (pruned int) {
	t.Helper()
	s := mustOpen(t, options, path)
	r.NowMS, r.Ended, r.Asked = benchLife(manyTasks)[3].Time+1, math.MaxUint64, math.MaxUint64
	told := map[string]bool{}
	for range manyTasks/100 + 2 {
		n, err := prune(s, r, 100)
		if err != nil && (told[err.Error()] || !errors.Is(err, journal.ErrCorrupt)) {
			t.Errorf("told again: %v", err)
		} else if err != nil {
			told[err.Error()] = true
		}
		pruned += n
	}
	if pruned < manyTasks && len(told) == 0 {
		t.Errorf("%d of %d are pruned, and no damage is told", pruned, manyTasks)
	}
	if !strings.HasSuffix(t.Name(), "ends/head") {
		if have, want := endsIn(t, s), count(t, s, bucketEnds); have != uint64(want) {
			t.Errorf("%d tasks can be forgotten, and %d are counted", want, have)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return pruned
}

// endsIn is how many entries of the index ends are counted.
func endsIn(t *testing.T, s *Store) uint64 {
	t.Helper()
	var c counters
	if err := s.view(func(tx *bbolt.Tx) (err error) { c, err = readCounters(tx); return err }); err != nil {
		t.Fatal(err)
	}
	return c.ends
}

// leafMost is how many entries a leaf can have.
var leafMost = os.Getpagesize() / (16 + idBytes)

// Tasks end whose bodies lie in a damaged leaf: those stay.
func TestEndLeavesRottenLeaves(t *testing.T) {
	path := withMany(t, plain, true)
	eachRottenKey(t, path, bucketOpen, func(t *testing.T, path string) {
		s := mustOpen(t, plain, path)
		var ends []journal.Record
		for n := range manyTasks {
			ends = append(ends, benchLife(n)[3])
		}
		commitInParts(t, s, ends)
		_, damage, err := s.CommitAndPrune(nil, journal.Retention{}, 0)
		if !errors.Is(damage, journal.ErrCorrupt) || err != nil {
			t.Errorf("%v, %v", damage, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		mustGoOn(t, plain, path)
	})
}

// commitInParts commits a few records at a time.
func commitInParts(t *testing.T, s *Store, records []journal.Record) {
	t.Helper()
	for part := range slices.Chunk(records, 4) {
		mustCommit(t, s, part...)
	}
}

// Tasks end whose rows or results have their place in a damaged leaf, or what says when they
// are to be forgotten: nothing of them is lost.
func TestEndBesideRottenLeaves(t *testing.T) {
	never := lateOptions(lateness{min: math.MaxInt})
	late := lateOptions(lateness{wait: manyTasks / 8, step: 4})
	for _, c := range []struct {
		options setup
		buckets [][]byte
	}{
		{never, [][]byte{bucketDone, bucketResult, bucketEnds}},
		{late, [][]byte{bucketLate, bucketLateResults, bucketPlaces, bucketEnds}},
	} {
		path := withOthers(t, c.options)
		for _, bucket := range c.buckets {
			eachRottenKey(t, path, bucket, func(t *testing.T, path string) {
				s := mustOpen(t, c.options, path)
				var ends []journal.Record
				for n := 1; n < manyTasks; n += 2 {
					end := benchLife(n)[3]
					end.Time = benchLife(0)[3].Time
					ends = append(ends, end)
				}
				commitInParts(t, s, ends)
				for n := 1; n < manyTasks; n += 2 {
					if e, err := s.Get(benchID(n)); err != nil || e.Task.State != journal.Done {
						t.Fatalf("task %d: %v, %v", n, e.Task.State, err)
					}
					if result, err := s.Result(benchID(n)); err != nil || len(result) != 20 {
						t.Fatalf("result of task %d: %d bytes, %v", n, len(result), err)
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				mustGoOn(t, c.options, path)
			})
		}
	}
}

// Tasks would end late, and damage keeps them from it: they end where others do, and of those beside
// them none is touched.
func TestEndLateInRottenLeaves(t *testing.T) {
	late := lateOptions(lateness{wait: manyTasks / 8, step: 4, lone: true})
	path := withOthers(t, late)
	for _, bucket := range [][]byte{bucketLate, bucketLateResults} {
		eachRottenKeyOf(t, path, bucket, true, func(t *testing.T, path string) {
			s := mustOpen(t, late, path)
			defer s.Close()
			for n := 1; n < manyTasks; n += 4 {
				mustCommit(t, s, benchLife(n)[3])
			}
			for n := 1; n < manyTasks; n += 2 {
				want := journal.Done
				if n%4 == 3 {
					want = journal.Running
				}
				if e, err := s.Get(benchID(n)); err != nil || e.Task.State != want {
					t.Fatalf("task %d: %v, %v, want %v", n, e.Task.State, err, want)
				}
			}
		})
	}
}

// The page is damaged that would tell how tasks have ended late. They don't begin again, all others
// go on, and the damage is told.
func TestLiveBesideRottenLate(t *testing.T) {
	options := lateOptions(lateness{wait: math.MaxInt})
	path := withOthers(t, options)
	for _, last := range []bool{false, true} {
		eachRottenKeyOf(t, path, bucketLate, last, func(t *testing.T, path string) {
			s := mustOpen(t, options, path)
			defer s.Close()
			next := 1
			err := journal.EachLive(s, func(id journal.ID, _ []journal.Record) error {
				if id != benchID(next) {
					t.Errorf("task %s is live, want %s", id, benchID(next))
				}
				next += 2
				return nil
			})
			if err != nil || next != manyTasks+1 {
				t.Fatalf("up to task %d: %v", next, err)
			}
			endOthers(t, s)
			_, damage, err := s.CommitAndPrune(nil, journal.Retention{}, 0)
			if told := errors.Is(damage, journal.ErrCorrupt); err != nil || !told && !strings.HasSuffix(t.Name(), "/overflow") { // which keeps nobody from reading
				t.Errorf("%v, %v", damage, err)
			}
		})
	}
}

// Members of an array end whose rows have their place in a damaged leaf. They are written
// elsewhere, and forgotten with the array.
func TestMembersBesideRottenLeaves(t *testing.T) {
	path := withArray(t)
	for _, bucket := range [][]byte{bucketDone, bucketResult} {
		eachRottenKey(t, path, bucket, func(t *testing.T, path string) {
			s := mustOpen(t, plain, path)
			for _, member := range membersOfMany {
				mustCommit(t, s, member...)
			}
			whole := benchLife(arrayOfMany)[3]
			whole.Attempt, whole.Members = 0, uint32(len(membersOfMany))
			mustCommit(t, s, journal.Record{Task: whole.Task, Kind: journal.KindTally, Time: whole.Time, Tally: &journal.Tally{
				Count: whole.Members, Next: whole.Members, Done: whole.Members, StartMS: uint64(whole.Time),
			}}, whole)
			elsewhere := count(t, s, bucketPlaces)
			if elsewhere < len(membersOfMany) {
				t.Fatalf("%d tasks are elsewhere: the leaf is not damaged", elsewhere)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			pruneMany(t, plain, path, journal.Retention{})
			s = mustOpen(t, plain, path)
			defer s.Close()
			if rows, places := count(t, s, bucketLate), count(t, s, bucketPlaces); rows+places > 0 {
				t.Errorf("%d rows and %d places are left of %d", rows, places, elsewhere)
			}
		})
	}
}

// Members of an array are forgotten in the order of their IDs and before it, wherever damage has put
// them, in steps of any size; but for those in a damaged leaf, or beside it.
func TestMembersGoInOrder(t *testing.T) {
	const members = manyTasks
	array := benchLife(0)[0]
	array.Spec.Array = fmt.Sprint(members)
	whole := benchLife(0)[3]
	whole.Attempt, whole.Members = 0, members
	before, after := []journal.Record{array}, []journal.Record{}
	for pos := range members {
		if life := memberLife(0, pos, members); pos%2 == 0 {
			before = append(before, life...)
		} else {
			after = append(after, life...)
		}
	}
	after = append(after, journal.Record{Task: whole.Task, Kind: journal.KindTally, Time: whole.Time, Tally: &journal.Tally{
		Count: members, Next: members, Done: members, StartMS: uint64(whole.Time),
	}}, whole)
	path := withCommits(t, plain, before)
	for _, last := range []bool{false, true} { // the damage is in front of the others, or behind them
		eachRottenKeyOf(t, path, bucketDone, last, func(t *testing.T, path string) {
			s := mustOpen(t, plain, path)
			defer s.Close()
			mustCommit(t, s, after...)
			all := chosen(t, s, 2*members)
			if !slices.IsSortedFunc(all[:len(all)-1], journal.ID.Compare) || all[len(all)-1] != whole.Task {
				t.Errorf("they are forgotten in another order: %v", all)
			}
			for _, limit := range []int{1, 2, 20, 50, 300} {
				if some := chosen(t, s, limit); !slices.Equal(some, all[:len(some)]) {
					t.Fatalf("in a step of %d others go: %v", limit, some)
				}
			}
			if len(all) < members-3*leafMost {
				t.Errorf("%d of %d are forgotten: damage keeps more than a leaf and those beside it", len(all), members)
			}
			if count(t, s, bucketPlaces) == 0 {
				t.Error("none is elsewhere")
			}
		})
	}
}

// Damage keeps members from being forgotten, more than a step looks at. It keeps neither the array
// nor what has ended after it.
func TestMembersStayAndOthersGo(t *testing.T) {
	const array, members = manyTasks / 2, manyTasks/2 - 1
	begin, whole := benchLife(array)[0], benchLife(array)[3]
	begin.Spec.Array = fmt.Sprint(members)
	whole.Attempt, whole.Members, whole.Time = 0, members, benchLife(0)[0].Time
	commit := []journal.Record{begin}
	for n := range array {
		life := benchLife(n)
		commit = append(commit, life[:]...)
	}
	for pos := range members {
		commit = append(commit, memberLife(array, pos, members)...)
	}
	commit = append(commit, journal.Record{Task: whole.Task, Kind: journal.KindTally, Time: whole.Time, Tally: &journal.Tally{
		Count: members, Next: members, Done: members, StartMS: uint64(whole.Time),
	}}, whole)
	path := withCommits(t, plain, commit)
	eachRottenKeyOf(t, path, bucketResult, true, func(t *testing.T, path string) {
		s := mustOpen(t, plain, path)
		defer s.Close()
		const limit = 10
		for range manyTasks / limit * 2 {
			if _, err := prune(s, journal.Retention{NowMS: begin.Time * 2}, limit); err != nil && !errors.Is(err, journal.ErrCorrupt) {
				t.Fatal(err)
			}
		}
		left := int(s.Meta().Ended)
		if _, err := s.Get(whole.Task); !errors.Is(err, journal.ErrNotFound) || left > 2*leafMost || count(t, s, bucketEnds) > 0 {
			t.Errorf("%d tasks are left, and of the array: %v", left, err)
		}
		if left <= limit {
			t.Errorf("%d tasks are left: no damage keeps more than a step looks at", left)
		}
	})
}

// chosen returns what a step of pruning would forget, in order.
func chosen(t *testing.T, s *Store, limit int) (ids []journal.ID) {
	t.Helper()
	c, err := s.choose(pruning{journal.Retention{NowMS: math.MaxInt64}, limit})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range c.victims {
		ids = append(ids, v.id)
	}
	return ids
}

// arrayOfMany is the number of an array among many tasks. The numbers behind it are of its
// members.
const arrayOfMany = 10

// membersOfMany are the records of each of them.
var membersOfMany = func() (lives [4][]journal.Record) {
	for pos := range lives {
		lives[pos] = memberLife(arrayOfMany, pos, len(lives))
	}
	return lives
}()

// memberLife are the records of a member of an array, of which there are so many.
func memberLife(array, pos, members int) []journal.Record {
	life := benchLife(array)
	for i := range life {
		life[i].Task = journal.IDOf(benchID(array), uint32(pos))
	}
	spec := *life[0].Spec
	life[0] = journal.Record{
		Task: life[0].Task, Kind: journal.KindMember, Time: life[0].Time, Spec: &spec,
		Other: benchID(array), Index: uint32(pos), Count: uint32(members),
	}
	life[3].Member = true
	return life[:]
}

// withArray makes a journal of an array that has not begun, and of many tasks that have ended.
func withArray(t *testing.T) (path string) {
	t.Helper()
	array := benchLife(arrayOfMany)[0]
	array.Spec.Array = fmt.Sprint(len(membersOfMany))
	records := []journal.Record{array}
	for n := range manyTasks {
		if n < arrayOfMany || n > arrayOfMany+len(membersOfMany) {
			life := benchLife(n)
			records = append(records, life[:]...)
		}
	}
	return withCommits(t, plain, records)
}

// withOthers makes a journal in which every other task has ended.
func withOthers(t *testing.T, options setup) (path string) {
	t.Helper()
	var begin, end []journal.Record
	for n := range manyTasks {
		life := benchLife(n)
		life[3].Time = benchLife(0)[3].Time
		if begin = append(begin, life[:3]...); n%2 == 0 {
			end = append(end, life[3])
		}
	}
	return withCommits(t, options, begin, end)
}

// Tasks that have ended late can't be folded, for their places are in a damaged leaf, or their
// rows. That is told once and costs nothing from then on: all others are folded, and when these
// are, nothing is written any more, and nothing is left of them where it is said who isn't.
func TestSweepLeavesRottenLeaves(t *testing.T) {
	options := lateOptions(lateness{min: manyTasks / 4, wait: manyTasks / 4, step: 4})
	for _, c := range []struct {
		before setup
		bucket []byte
	}{
		{options, bucketPlaces},
		{lateOptions(lateness{wait: math.MaxInt}), bucketLate},
	} {
		eachRottenKey(t, withOthers(t, c.before), c.bucket, func(t *testing.T, path string) {
			for again := range 2 {
				s := mustOpen(t, options, path)
				if again == 0 {
					endOthers(t, s)
				}
				for n := 0; s.late.sweeps() && n < manyTasks; n++ {
					step(t, s)
				}
				before := transactionsOf(t, s)
				if step(t, s); s.Unfolded() > 0 || transactionsOf(t, s) != before {
					t.Errorf("%d tasks wait to be folded, and one step more writes %d transactions", s.Unfolded(), transactionsOf(t, s)-before)
				}
				if all := len(hintsIn(t, s)); again == 1 && all > leafMost {
					t.Errorf("of %d tasks it is said that they are not folded", all)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			mustGoOn(t, options, path)
		})
	}
}

// endOthers ends the tasks that withOthers has left.
func endOthers(t *testing.T, s *Store) {
	t.Helper()
	var ends []journal.Record
	for n := 1; n < manyTasks; n += 2 {
		ends = append(ends, benchLife(n)[3])
	}
	mustCommit(t, s, ends...)
	for n := 1; n < manyTasks; n += 2 {
		if e, err := s.Get(benchID(n)); err != nil || e.Task.State != journal.Done {
			t.Fatalf("task %d: %v, %v", n, e.Task.State, err)
		}
	}
}

// step takes a step of pruning in which nothing is to be forgotten.
func step(t *testing.T, s *Store) {
	t.Helper()
	if _, err := prune(s, journal.Retention{Ended: math.MaxUint64, Asked: math.MaxUint64}, 100); err != nil && !errors.Is(err, journal.ErrCorrupt) {
		t.Fatal(err)
	}
}

// transactionsOf returns how many transactions have been written to a journal's file.
func transactionsOf(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.view(func(tx *bbolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// hintsIn returns the tasks that the bucket unfolded has.
func hintsIn(t *testing.T, s *Store) (all []hint) {
	t.Helper()
	err := s.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketUnfolded).ForEach(func(key, sealed []byte) error {
			some, err := openChunk(key, sealed)
			all = append(all, some...)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The leaf is damaged in which the bodies of new tasks go. Such a task is refused, by name, before
// anybody is told that it is there, and with a log before it is in that; all else goes on.
func TestBodyInRottenLeaf(t *testing.T) {
	for _, options := range []setup{plain, logged(1 << 20)} {
		path := withMany(t, options, true)
		eachRottenKeyOf(t, path, bucketOpen, true, func(t *testing.T, path string) {
			for n := range 2 {
				s := mustOpen(t, options, path)
				mustCommit(t, s, benchLife(n)[3])
				life := benchLife(manyTasks + n)
				err := s.Commit(life[:3])
				if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "write task "+life[0].Task.String()) {
					t.Fatalf("a body in a damaged leaf: %v", err)
				}
				s.Close()
			}
			s := mustOpen(t, options, path)
			defer s.Close()
			for n := range 2 {
				if e, err := s.Get(benchID(n)); err != nil || e.Task.State != journal.Done {
					t.Errorf("task %d: %v, %v", n, e.Task.State, err)
				}
				if _, err := s.Get(benchID(manyTasks + n)); !errors.Is(err, journal.ErrNotFound) {
					t.Errorf("a task that was refused: %v", err)
				}
			}
			life := benchLife(3 * manyTasks)
			life[0].Payload = nil
			mustCommit(t, s, life[:]...)
		})
	}
}

// Keys of new tasks go in a damaged leaf: that is told, and who asks for them is told as well,
// also for one that stood for an earlier task.
func TestKeyInRottenLeaf(t *testing.T) {
	path := withMany(t, plain, true)
	eachRottenKey(t, path, bucketKeys, func(t *testing.T, path string) {
		s := mustOpen(t, plain, path)
		for n := range 100 {
			life := benchLife(manyTasks + n)
			life[0].Spec.Key = fmt.Sprintf("key %06d and %d", n%9, n)
			mustCommit(t, s, life[:]...)
		}
		if _, damage, err := s.CommitAndPrune(nil, journal.Retention{}, 0); !errors.Is(damage, journal.ErrCorrupt) || err != nil {
			t.Errorf("%v, %v", damage, err)
		}
		again := benchLife(manyTasks + 100)
		again[0].Spec.Key = "key 000005"
		mustCommit(t, s, again[:]...)
		if id, found, err := s.ByKey("key 000005"); !errors.Is(err, journal.ErrCorrupt) {
			t.Errorf("the key of an earlier task: %v, %v, %v", id, found, err)
		}
		remembered := 0
		s.unbound.Range(func(_, _ any) bool { remembered++; return true })
		if remembered > 1 {
			t.Errorf("%d keys are remembered, one of them stood for an earlier task", remembered)
		}
		for n := range 100 {
			if id, found, err := s.ByKey(fmt.Sprintf("key %06d and %d", n%9, n)); !errors.Is(err, journal.ErrCorrupt) {
				t.Errorf("key %d: %v, %v, %v", n, id, found, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		mustGoOn(t, plain, path)
	})
}

// Keys go beside a leaf that bbolt panics about: it goes to the next leaf when it looks for an entry
// behind all of one, and such a leaf is none of those that may not be written.
func TestKeyBesideRottenHead(t *testing.T) {
	path := withMany(t, plain, false)
	if err := os.WriteFile(path, rottenHead(t, path, bucketKeys, true), 0o600); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, plain, path)
	defer s.Close()
	for n := range manyTasks {
		life := benchLife(manyTasks + n)
		life[0].Spec.Key = fmt.Sprintf("key %06d new", n)
		mustCommit(t, s, life[:]...)
	}
}

// A key of a branch goes wrong while the journal is in use: who asks for a key that it kept from
// being written is told.
func TestKeyBelowRottenBranch(t *testing.T) {
	path := withMany(t, plain, false)
	s := mustOpen(t, plain, path)
	defer s.Close()
	content, root, _ := rootOf(t, path, bucketKeys)
	second := root[16+16:]
	second[binary.NativeEndian.Uint32(second):][len("key ")] ^= 0x40
	overwriteInPlace(t, path, content)
	life := benchLife(manyTasks + 1)
	life[0].Spec.Key = "key 000799 new"
	mustCommit(t, s, life[:]...)
	if id, found, err := s.ByKey(life[0].Spec.Key); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("%v, %v, %v", id, found, err)
	}
}

// A branch of what has ended goes wrong while the journal is in use: nothing of what has not ended
// is lost, and the store goes on.
func TestRottenBranchInUse(t *testing.T) {
	options := lateOptions(lateness{wait: manyTasks / 8, step: 4, lone: true})
	path := withMany(t, options, true)
	s := mustOpen(t, options, path)
	for n := 0; n < manyTasks; n += 2 {
		mustCommit(t, s, benchLife(n)[3])
	}
	if n, err := prune(s, journal.Retention{NowMS: math.MaxInt32, EndedMS: math.MaxInt32, Ended: manyTasks / 4, KeysMS: math.MaxInt32, Keys: manyTasks}, manyTasks); n == 0 || err != nil {
		t.Fatal(n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, bucket := range [][]byte{bucketKeys, bucketGone, bucketEnds, bucketLate, bucketLateResults, bucketPlaces} {
		for what, spoil := range wrongBranches {
			t.Run(fmt.Sprintf("%s/%s", bucket, what), func(t *testing.T) { goesOnBelow(t, options, path, bucket, spoil) })
		}
	}
}

// wrongBranches are what may become of a branch with so many children.
var wrongBranches = map[string]func(branch []byte, count int){
	"zeros":          func(branch []byte, _ int) { clear(branch[:4096]) },
	"one child more": func(branch []byte, _ int) { branch[10]++ },
	"many children":  func(branch []byte, _ int) { branch[11] ^= 0x10 },
	"overflow":       func(branch []byte, _ int) { branch[12] ^= 1 },
	"itself": func(branch []byte, count int) {
		for i := range count {
			copy(branch[16+16*i+8:][:8], branch[:8])
		}
	},
	"itself below": func(branch []byte, count int) {
		copy(branch[16+16*(count/2)+8:][:8], branch[:8])
	},
	"a key": func(branch []byte, count int) {
		e := branch[16*(count/2)+16:]
		e[binary.NativeEndian.Uint32(e)] ^= 0x40
	},
}

// goesOnBelow has a journal be in use while the root of a bucket goes wrong.
func goesOnBelow(t *testing.T, options setup, path string, bucket []byte, spoil func(branch []byte, count int)) {
	t.Helper()
	rotten := filepath.Join(inMemory(t), "bcp.db")
	if err := copyFile(systemDisk{}, path, rotten, nil); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, options, rotten)
	content, root, size := rootOf(t, rotten, bucket)
	from := len(content) - len(root)
	spoil(root, int(binary.NativeEndian.Uint16(root[10:])))
	overwriteInPlaceAt(t, rotten, content[from:from+size], from)
	for n := 1; n < manyTasks; n += 4 {
		life := benchLife(manyTasks + n)
		life[0].Spec.Key = fmt.Sprintf("key %06d new", n*37%manyTasks)
		mustCommit(t, s, append(life[:3], benchLife(n)[3])...)
		_, _, err := s.CommitAndPrune(nil, journal.Retention{NowMS: math.MaxInt32, EndedMS: math.MaxInt32, Ended: manyTasks / 4, KeysMS: math.MaxInt32, Keys: manyTasks / 8}, 20)
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := 3; n < manyTasks; n += 4 {
		if body, err := s.Body(benchID(n)); len(body) != 100 || err != nil {
			t.Errorf("body of task %d: %d bytes, %v", n, len(body), err)
		}
	}
	s.Close()
}

// overwriteInPlace writes what a file has, for who has it open.
func overwriteInPlace(t *testing.T, path string, content []byte) {
	t.Helper()
	overwriteInPlaceAt(t, path, content, 0)
}

// overwriteInPlaceAt is the same for a part of it.
func overwriteInPlaceAt(t *testing.T, path string, content []byte, from int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(content, int64(from))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// namesTask tells whether an error says which task is not written, or not found.
func namesTask(err error) bool {
	return strings.Contains(err.Error(), "write task ") || strings.Contains(err.Error(), "find task ")
}

// What would be imported into a damaged leaf is refused, by name, with all that comes with it.
func TestImportInRottenLeaf(t *testing.T) {
	var even []journal.Record
	for n := 0; n < manyTasks; n += 2 {
		life := benchLife(n)
		life[0].Spec.Key = fmt.Sprintf("key %06d", n)
		even = append(even, life[:]...)
	}
	path := withCommits(t, plain, even)
	items, _ := export(t, withMany(t, plain, false), func(e *journal.Entry) bool { return e.Task.ID[len(e.Task.ID)-1]%2 == 1 })
	for _, bucket := range [][]byte{bucketDone, bucketResult, bucketKeys} {
		eachRottenKey(t, path, bucket, func(t *testing.T, path string) {
			s := mustOpen(t, plain, path)
			if n, err := s.Import(items); n > 0 || !errors.Is(err, journal.ErrCorrupt) || !namesTask(err) && !isHead(t) {
				t.Errorf("%d tasks are imported, %v", n, err)
			}
			s.Close()
			mustGoOn(t, plain, path)
		})
	}
}
