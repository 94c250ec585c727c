package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// verify returns the problems and notes of a journal at rest, as texts.
func verify(t *testing.T, path string) (problems, notes []string) {
	t.Helper()
	checked, err := VerifyFile(context.Background(), path, Options{}, func(p journal.Problem) {
		if p.Note {
			notes = append(notes, p.String())
		} else {
			problems = append(problems, p.String())
		}
	}, nil)
	if err != nil || checked.Problems != uint64(len(problems)) || checked.Notes != uint64(len(notes)) {
		t.Errorf("verify: %+v, %v, with problems %q and notes %q", checked, err, problems, notes)
	}
	return problems, notes
}

func checkWhole(t *testing.T, path string) {
	t.Helper()
	if problems, notes := verify(t, path); len(problems)+len(notes) > 0 {
		t.Errorf("%s: problems %q, notes %q", path, problems, notes)
	}
}

// A journal with something of everything is whole, at rest and in use.
func TestVerifyWhole(t *testing.T) {
	path := rotJournal(t)
	checkWhole(t, path)
	s := mustOpen(t, plain, path)
	defer s.Close()
	checked, err := s.Verify(context.Background(), func(p journal.Problem) { t.Error(p) }, nil)
	if err != nil || checked.Live != 12 || checked.Ended != 30 || checked.Blobs != 1 || checked.Entries == 0 {
		t.Errorf("verify in use: %+v, %v", checked, err)
	}
}

// TestVerifyNames spoils one thing of a journal in each turn: it is named, with the
// bucket and the task, and whoever has the file in use is told as well.
func TestVerifyNames(t *testing.T) {
	live, ended, gone := benchID(4), benchID(58), benchID(0)
	last := benchID(59)
	for name, c := range map[string]struct {
		spoil  func(tx *bbolt.Tx) error
		want   string
		atRest bool // only there
	}{
		"live row":         {flipValue(bucketState, live), "state, task " + live.String() + ": journal is damaged", false},
		"ended row":        {flipValue(bucketDone, ended), "done, task " + ended.String() + ": journal is damaged", false},
		"body":             {flipValue(bucketOpen, live), "open, task " + live.String(), false},
		"result":           {flipValue(bucketResult, ended), "result, task " + ended.String(), false},
		"checkpoint":       {flipValue(bucketCheckpoints, live), "checkpoints, task " + live.String(), false},
		"tombstone":        {flipValue(bucketGone, gone), "gone, task " + gone.String(), false},
		"missing body":     {without(bucketOpen, live[:]), "state, task " + live.String() + ": bucket open has 0 bytes of it", false},
		"missing result":   {without(bucketResult, ended[:]), "done, task " + ended.String() + ": bucket result has 0 bytes of it", false},
		"missing row":      {without(bucketDone, ended[:]), "task " + ended.String() + ", which is not there", false},
		"missing live row": {without(bucketState, live[:]), "checkpoints, task " + live.String() + ": there is no such task", false},
		"missing stone":    {without(bucketGone, gone[:]), "ages: task " + gone.String() + " has no tombstone", false},
		"missing key":      {without(bucketKeys, []byte(rotKey(58))), "keys, task " + ended.String() + `: its key "key of task 58" stands for no task`, false},
		"missing live key": {without(bucketKeys, []byte(rotKey(4))), "state, task " + live.String() + `: its key "key of task 4" stands for no task`, false},
		"wrong key":        {spoilKey(rotKey(58), live), "stands for task " + live.String(), false},
		"key":              {spoilKey(rotKey(58), journal.ID{}), `entry of key "key of task 58"`, false},
		"setting":          {spoilSetting, "settings: setting limit/0", false},
		"index":            {emptyBucket(bucketEnds), "done, task " + ended.String() + ": it has no entry in bucket ends", false},
		"another time":     {moveStamp(ended), "ends: task " + ended.String() + " is to be forgotten at another time", false},
		"counters":         {func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(keyCounters, []byte("x")) }, "meta: ", true},
		"sums":             {func(tx *bbolt.Tx) error { return tx.Bucket(bucketKeys).Delete([]byte(rotKey(1))) }, "the entries of bucket keys are not those", true},
		"blobs":            {without(bucketBlobs, nil), "open, task " + last.String() + ": its large payload", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := rotJournal(t)
			edit(t, path, c.spoil)
			problems, notes := verify(t, path)
			if len(problems) == 0 {
				t.Error("no problem is told")
			}
			if all := strings.Join(append(problems, notes...), "\n"); !strings.Contains(all, c.want) {
				t.Errorf("problems at rest:\n%s\nwant %s", all, c.want)
			}
			if !c.atRest {
				checkInUse(t, path, c.want)
			}
		})
	}
}

// TestVerifyEveryEntry spoils all entries of a bucket in each turn, and puts the sums right, as
// if a broker had written them so: each one is told. The flips of TestVerifyRot meet few entries,
// and of one in a key or a seal the sum of the bucket tells, whoever looks at the entry or not.
func TestVerifyEveryEntry(t *testing.T) {
	path := everyJournal(t)
	checkWhole(t, path)
	whole := mustReadFile(t, path)
	for _, bucket := range migrations.Summed {
		t.Run(bucket, func(t *testing.T) {
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			entries, told := 0, 0
			edit(t, path, func(tx *bbolt.Tx) (err error) {
				entries, err = spoilEach(tx, []byte(bucket))
				return err
			})
			_, err := VerifyFile(t.Context(), path, Options{}, func(p journal.Problem) {
				if p.Bucket == bucket && !p.Note {
					told++
				}
			}, nil)
			if err != nil || entries == 0 || told != entries {
				t.Errorf("%d of %d entries are told: %v", told, entries, err)
			}
		})
	}
}

// everyJournal makes a journal that has entries in every bucket: its last tasks have ended late,
// folded or not, and say how long they are kept.
func everyJournal(t *testing.T) string {
	t.Helper()
	path := rotJournal(t)
	s := mustOpen(t, newSetup(Options{Late: true}), path)
	for n := rotTasks; n < rotTasks+10; n++ {
		life := benchLife(n)
		life[0].Spec.KeepMS, life[3].KeepMS = 1000, 1000
		if err := errors.Join(s.Commit(life[:3]), s.Commit(life[3:])); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// spoilEach flips a bit in each value of a bucket, or in a key that is all of its entry, and
// puts the sums right.
func spoilEach(tx *bbolt.Tx, bucket []byte) (entries int, err error) {
	spoiled := map[string][]byte{}
	err = tx.Bucket(bucket).ForEach(func(key, value []byte) error {
		key, value = bytes.Clone(key), bytes.Clone(value)
		flipped := value
		if len(value) == 0 {
			flipped = key
		}
		flipped[len(flipped)-1] ^= 0x80
		spoiled[string(key)] = value
		return nil
	})
	err = errors.Join(err, emptyBucket(bucket)(tx))
	for key, value := range spoiled {
		err = errors.Join(err, tx.Bucket(bucket).Put([]byte(key), value))
	}
	sums, countErr := migrations.CountSums(tx)
	return len(spoiled), errors.Join(err, countErr, sums.Write(tx, current))
}

// checkInUse looks at a journal that is damaged as if that had happened since it was
// opened.
func checkInUse(t *testing.T, path, want string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: defaultLockTimeout})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := &Store{files: &files{db: db, image: f, pageSize: db.Info().PageSize}, blobs: blobs{folder: BlobFolder(path)}}
	var all []string
	if _, err := s.Verify(context.Background(), func(p journal.Problem) { all = append(all, p.String()) }, nil); err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(all, "\n"); !strings.Contains(text, want) {
		t.Errorf("problems in use:\n%s\nwant %s", text, want)
	}
}

// without returns a change that deletes an entry, or all of a bucket.
func without(bucket, key []byte) func(*bbolt.Tx) error {
	if key == nil {
		return emptyBucket(bucket)
	}
	return func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Delete(key) }
}

func emptyBucket(name []byte) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		err := tx.DeleteBucket(name)
		_, createErr := tx.CreateBucket(name)
		return errors.Join(err, createErr)
	}
}

// spoilKey has a key stand for a task; for the zero one its entry is no good at all.
func spoilKey(key string, id journal.ID) func(*bbolt.Tx) error {
	entry := journal.AppendKey(nil, []byte(key), id)
	if id.IsZero() {
		entry[0] ^= 1
	}
	return func(tx *bbolt.Tx) error { return tx.Bucket(bucketKeys).Put([]byte(key), entry) }
}

// moveStamp has the index of ends say that a task ended a little later than it did.
func moveStamp(id journal.ID) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		var was stamp
		var endedMS int64
		ends := tx.Bucket(bucketEnds)
		err := ends.ForEach(func(key, _ []byte) error {
			if atMS, of := stamp(key).Split(); of == id {
				was, endedMS = stamp(key), atMS
			}
			return nil
		})
		is := migrations.NewStamp(endedMS+1, id)
		return errors.Join(err, ends.Delete(was[:]), ends.Put(is[:], nil))
	}
}

func spoilSetting(tx *bbolt.Tx) error {
	row := bytes.Clone(tx.Bucket(bucketSettings).Get([]byte("limit/0")))
	row[len(row)-1] ^= 1
	return tx.Bucket(bucketSettings).Put([]byte("limit/0"), row)
}

// The file of a large payload is read whole; one that nothing refers to is noted.
func TestVerifyBlobs(t *testing.T) {
	path := rotJournal(t)
	names := blobFiles(t, path)
	if len(names) != 1 {
		t.Fatalf("files of large payloads: %v", names)
	}
	file := filepath.Join(BlobFolder(path), names[0])
	stray := filepath.Join(BlobFolder(path), benchID(1).String())
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if problems, notes := verify(t, path); len(problems) != 0 || len(notes) != 1 || !strings.Contains(notes[0], benchID(1).String()) {
		t.Errorf("with a stray file: problems %q, notes %q", problems, notes)
	}
	checkTold := func(what string) {
		t.Helper()
		want := fmt.Sprintf("blobs, task %s", benchID(rotTasks-1))
		if problems, _ := verify(t, path); len(problems) != 1 || !strings.Contains(problems[0], want) || !strings.Contains(problems[0], names[0]) {
			t.Errorf("a large payload with %s: %q", what, problems)
		}
	}
	flipAt(t, file, 200_000)
	checkTold("a byte flipped")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	checkTold("it removed")
}

// Every flip of a bit that an opening or a reader finds is named, and a journal that
// is as it was by all that can be read is told to be whole, or which page is wrong. These are a
// third of the flips of TestRot; with -rot.all, or scripts/torture -only rot -long, it is every byte.
func TestVerifyRot(t *testing.T) {
	path := rotJournal(t)
	whole := mustReadFile(t, path)
	found := 0
	for n, at := range rotPlaces(len(written(whole))) {
		if n/3%3 > 0 && !*rotAll { // three by three, for each third is of a sort
			continue
		}
		overwriteAt(t, path, at, whole[at]^1<<(n%8))
		_, readErr := openAndRead(path, readWhole)
		problems := 0
		_, err := VerifyFile(context.Background(), path, Options{}, func(p journal.Problem) {
			if !p.Note {
				problems++
			}
		}, nil)
		if readErr != nil && err == nil && problems == 0 {
			t.Errorf("byte %d flipped: who reads is told %v, and who verifies nothing", at, readErr)
		}
		if problems > 0 || err != nil {
			found++
		}
		overwriteAt(t, path, at, whole[at])
	}
	if found == 0 {
		t.Error("no flip was found")
	}
}

// A large payload may take long to be read: a journal in use keeps no old pages meanwhile.
func TestVerifyReadsPayloadsApart(t *testing.T) {
	path, blob := newBlobFile(t)
	content, err := os.ReadFile(blob)
	if err = errors.Join(err, os.Remove(blob), syscall.Mkfifo(blob, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, plain, path)
	defer s.Close()
	verified := make(chan journal.Checked, 1)
	go func() {
		checked, err := s.Verify(context.Background(), func(p journal.Problem) { t.Error(p) }, nil)
		reader, openErr := os.OpenFile(blob, os.O_RDONLY|syscall.O_NONBLOCK, 0) // lets go of who waits for one
		if err = errors.Join(err, openErr, reader.Close()); err != nil {
			t.Error(err)
		}
		verified <- checked
	}()
	pipe, err := os.OpenFile(blob, os.O_WRONLY, 0) // waits for who reads it
	if err != nil {
		t.Fatal(err)
	}
	if n := s.db.Stats().OpenTxN; n > 0 {
		t.Errorf("%d transactions are open while a payload is read", n)
	}
	_, err = pipe.Write(content)
	if err := errors.Join(err, pipe.Close()); err != nil {
		t.Fatal(err)
	}
	if checked := <-verified; checked.Blobs != 1 {
		t.Errorf("verified: %+v", checked)
	}
}

// A journal in use is not looked at as if it were at rest.
func TestVerifyLocked(t *testing.T) {
	path := newFile(t)
	s := mustOpen(t, plain, path)
	defer s.Close()
	if _, err := VerifyFile(context.Background(), path, Options{}, nil, nil); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("verify of a journal in use: %v", err)
	}
}

// A file that another one takes the place of, as a compaction has it, while somebody waits for its
// lock is not read in the place of that one.
func TestAtRestReplaced(t *testing.T) {
	path, other := newFile(t), newFile(t)
	locked, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := lockForChange(locked); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := VerifyFile(t.Context(), path, Options{LockTimeout: time.Minute}, nil, nil)
		done <- err
	}()
	for opened(t, path) < 2 && len(done) == 0 { // or it has failed early
		runtime.Gosched()
	}
	if err := errors.Join(os.Rename(other, path), locked.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "it was replaced while it was being opened") {
		t.Errorf("verify: %v", err)
	}
}

// opened counts how often a file is open in this process.
func opened(t *testing.T, path string) (n int) {
	t.Helper()
	const all = "/proc/self/fd"
	entries, err := os.ReadDir(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if to, err := os.Readlink(filepath.Join(all, entry.Name())); err == nil && to == path {
			n++
		}
	}
	return n
}
