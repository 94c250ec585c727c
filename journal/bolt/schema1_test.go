package bolt

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// schema1 makes a copy of a journal that a program of schema 1 has written: tasks
// 0 to 39, of which those whose number ends with 9 are live. The others ended
// one second after the other, the last ones first.
func schema1(t *testing.T) string {
	t.Helper()
	return unpack(t, "testdata/schema1-many.db.gz")
}

const schema1Ended = 36

func schema1EndOf(n int) int64 { return benchLife(n)[3].Time + int64(1000*(40-n)) }

// checkSchema1 looks for everything that the journal had, and prunes it.
func checkSchema1(t *testing.T, path string) {
	t.Helper()
	s := mustOpen(t, plain, path)
	defer func() {
		s.Close()
		checkFile(t, path)
	}()
	if meta := s.Meta(); meta.Schema != migrations.Journal.Current() || meta.Ended != schema1Ended {
		t.Errorf("meta: %+v", meta)
	}
	for n := range 40 {
		id := benchID(n)
		e, err := s.Get(id)
		body, bodyErr := s.Body(id)
		result, resultErr := s.Result(id)
		if n%10 == 9 {
			if string(body) != fmt.Sprint("body ", n) || e.Task.State != journal.Running || errors.Join(err, bodyErr) != nil {
				t.Errorf("task %d: %s, %q, %v, %v", n, e.Task.State, body, err, bodyErr)
			}
		} else if string(result) != fmt.Sprint("result ", n) || e.Task.EndedMS != schema1EndOf(n) ||
			errors.Join(err, resultErr) != nil || !errors.Is(bodyErr, journal.ErrNotFound) {
			t.Errorf("task %d: %d, %q, %v, %v, %v", n, e.Task.EndedMS, result, err, resultErr, bodyErr)
		}
		if found, ok, err := s.ByKey(fmt.Sprint("key", n)); found != id || !ok || err != nil {
			t.Errorf("key of task %d: %v, %v, %v", n, found, ok, err)
		}
	}
	pruneSchema1(t, s)
}

// pruneSchema1: tasks of before are forgotten in the order of their ends, with
// those that end later, and leave tombstones.
func pruneSchema1(t *testing.T, s *Store) {
	t.Helper()
	r := journal.Retention{NowMS: schema1EndOf(30) + 1, Ended: math.MaxUint64, Asked: math.MaxUint64, Keys: math.MaxUint64, KeysMS: 1}
	if n, err := prune(s, r, 100); n != 9 || err != nil {
		t.Errorf("pruned %d tasks, %v; want those that ended up to task 30", n, err)
	}
	if stone, err := s.Tombstone(benchID(38)); stone.Digest != [16]byte{15: 38} || stone.Key != "key38" || err != nil {
		t.Errorf("tombstone: %+v, %v", stone, err)
	}
	end := benchLife(39)[3]
	if err := s.Commit([]journal.Record{end}); err != nil {
		t.Fatal(err)
	}
	r.Ended = 1
	if n, err := prune(s, r, 100); n != schema1Ended+1-9-1 || err != nil {
		t.Errorf("pruned %d tasks by number, %v", n, err)
	}
	if _, err := s.Get(benchID(0)); err != nil {
		t.Errorf("the last to have ended: %v", err)
	}
}

func TestSchema1IsMigrated(t *testing.T) {
	path := schema1(t)
	checkSchema1(t, path)
	old := newSetup(Options{})
	old.migrations = nil
	if _, err := old.openReadOnly(migrations.BackupPath(path, 1)); err == nil {
		t.Error("this program opens a backup of schema 1 without its buckets")
	}
	checkFile(t, migrations.BackupPath(path, 1))
}

// A row that cannot be read is left where it is.
func TestSchema1WithDamage(t *testing.T) {
	path := schema1(t)
	edit(t, path, flipValue(bucketDone, benchID(5)))
	s := mustOpen(t, plain, path)
	defer s.Close()
	pruneAll(t, s, endedBefore(math.MaxInt64, 0), 10)
	if _, err := s.Get(benchID(5)); !errors.Is(err, journal.ErrCorrupt) || s.Meta().Ended != 1 {
		t.Errorf("%d tasks are left, the damaged one: %v", s.Meta().Ended, err)
	}
}

// migrateEnv makes the test binary the child of TestSchema1Killed.
const migrateEnv = "BCP_TEST_MIGRATE_JOURNAL"

// TestSchema1Killed kills a process when its migration is done but for the
// commit, and another one in the middle: the next one begins anew.
func TestSchema1Killed(t *testing.T) {
	path := schema1(t)
	for _, when := range []string{"before", "after"} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), migrateEnv+"="+path, migrateEnv+"_WHEN="+when)
		child.Stderr = os.Stderr
		if err := child.Run(); err == nil || child.ProcessState.Exited() {
			t.Fatalf("the child was not killed but ended: %v", err)
		}
	}
	checkSchema1(t, path)
}

// migrateAndDie migrates as far as it is told.
func migrateAndDie(path string) {
	if os.Getenv(migrateEnv+"_WHEN") == "never" {
		s, err := Open(path, Options{})
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			panic(err)
		}
		os.Exit(0)
	}
	dying := newSetup(Options{})
	dying.migrations = slices.Clone(dying.migrations)
	step := &dying.migrations[0]
	apply := step.Apply
	step.Apply = func(tx *bbolt.Tx) error {
		if os.Getenv(migrateEnv+"_WHEN") == "before" {
			_, err := tx.CreateBucket(bucketEnds)
			return errors.Join(err, killSelf())
		}
		return errors.Join(apply(tx), killSelf())
	}
	_, err := dying.open(path)
	panic(err)
}

func killSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err == nil {
		select {} // the signal is under way
	}
	return err
}
