package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// blobEnv makes the test binary the child of TestBlobKill: it names the journal.
const blobEnv = "BCP_TEST_BLOB_JOURNAL"

// blobTurns is how many tasks a child lets through before it dies.
const blobTurns = 3

func blobPayload(n int) []byte { return bytes.Repeat([]byte{byte(n), byte(n >> 8)}, 100_000+n) }

// stageForEver lets tasks with large bodies and results come and go, and dies when
// a step is done for the third time: of them, of a commit, or of forgetting.
func stageForEver(path, dieAt string) error {
	seen := 0
	passed := func(step string) {
		if step != dieAt {
			return
		}
		if seen++; seen > blobTurns {
			panic(killSelf())
		}
	}
	o := newSetup(Options{})
	o.at = passed
	s, err := o.open(path)
	if err != nil {
		return err
	}
	for n := numberOf(s.Meta().Last) + 1; ; n++ {
		life := benchLife(n)
		body, bodyErr := s.Stage(blobPayload(n))
		result, resultErr := s.Stage(blobPayload(n + 1000))
		life[0].Payload, life[0].Blob = nil, body
		life[3].Payload, life[3].Blob = nil, result
		life[3].KeepBody = n%2 == 0
		err := errors.Join(bodyErr, resultErr, s.Commit(life[:1]))
		passed("submitted")
		err = errors.Join(err, s.Commit(life[1:]))
		passed("ended")
		_, pruneErr := prune(s, endedBefore(math.MinInt64, uint64(1+n%4)), 10)
		passed("pruned")
		if err := errors.Join(err, pruneErr); err != nil {
			return err
		}
	}
}

// numberOf is the inverse of benchID.
func numberOf(id journal.ID) int { return int(id[14])<<8 | int(id[15]) }

// TestBlobKill kills a process between any two steps of a large payload's life,
// again and again on one journal. Each time, whatever the journal refers to is
// there, and nothing else.
func TestBlobKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	for _, step := range []string{"created", "written", "synced", "staged", "submitted", "committed", "ended", "pruned"} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), blobEnv+"="+path, blobEnv+"_STEP="+step)
		child.Stderr = os.Stderr
		if err := child.Run(); err == nil || child.ProcessState.Exited() {
			t.Fatalf("%s: the child was not killed but ended: %v", step, err)
		}
		s := mustOpen(t, plain, path)
		checkBlobs(t, s, path)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkFile(t, path)
	}
}

// checkBlobs reads every payload, and compares the files with what is referred to.
func checkBlobs(t *testing.T, s *Store, path string) {
	t.Helper()
	want := 0
	_, err := s.Scan(journal.Range{Live: true, Ended: true}, func(e journal.Entry) error {
		id := e.Task.ID
		n := numberOf(id)
		if !e.Task.State.Ended() || e.Task.BodyKept {
			want++
			if body, err := s.Body(id); err != nil || !bytes.Equal(body, blobPayload(n)) {
				t.Errorf("body of task %d: %d bytes, %v", n, len(body), err)
			}
		}
		if e.Task.State.Ended() {
			want++
			if result, err := s.Result(id); err != nil || !bytes.Equal(result, blobPayload(n+1000)) {
				t.Errorf("result of task %d: %d bytes, %v", n, len(result), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	files, listed := blobFiles(t, path), 0
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketBlobs).ForEach(func(_, _ []byte) error { listed++; return nil })
	})
	if len(files) != want || listed != want || err != nil {
		t.Errorf("%d files, %d listed, want %d; %v", len(files), listed, want, err)
	}
}

// newBlobFile makes a journal with a live task whose body is a file, and closes it.
func newBlobFile(t *testing.T) (path, blob string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	b, err := s.Stage(blobPayload(1))
	life := benchLife(1)
	life[0].Payload, life[0].Blob = nil, b
	if err := errors.Join(err, s.Commit(life[:1]), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path, filepath.Join(BlobFolder(path), b.ID.String())
}

// What is wrong with a file is told with its name, whatever is read besides.
func TestDamagedBlob(t *testing.T) {
	for name, damage := range map[string]func(string) error{
		"missing": os.Remove,
		"empty":   func(blob string) error { return os.Truncate(blob, 0) },
		"cut off": func(blob string) error { return os.Truncate(blob, 1000) },
		"another": func(blob string) error {
			other := journal.ID{15: 1}
			return os.WriteFile(blob, journal.AppendBlob(nil, other, []byte("x")), 0o600)
		},
	} {
		path, blob := newBlobFile(t)
		if err := damage(blob); err != nil {
			t.Fatal(err)
		}
		s := mustOpen(t, plain, path)
		_, err := s.Body(benchID(1))
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), blob) || !strings.Contains(err.Error(), benchID(1).String()) {
			t.Errorf("%s: %v", name, err)
		}
		if said := strings.Count(err.Error(), "damaged") + strings.Count(err.Error(), "task"); said != 2 {
			t.Errorf("%s: it is told otherwise than once that the journal is damaged, or of which task: %v", name, err)
		}
		if _, err := s.Get(benchID(1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		life := benchLife(1)
		if err := errors.Join(s.Commit(life[1:]), s.Close()); err != nil { // the task can be ended
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Tools read large payloads as well, and leave alone what nothing refers to.
func TestReadOnlyBlobs(t *testing.T) {
	path, _ := newBlobFile(t)
	orphan := filepath.Join(BlobFolder(path), benchID(7).String())
	if err := os.WriteFile(orphan, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if body, err := s.Body(benchID(1)); err != nil || !bytes.Equal(body, blobPayload(1)) {
		t.Errorf("body of %d bytes, %v", len(body), err)
	}
	if _, err := s.Stage([]byte("x")); err == nil {
		t.Error("staged in a read-only journal")
	}
	if err := s.Close(); err != nil || len(blobFiles(t, path)) != 2 {
		t.Errorf("files: %v, %v", blobFiles(t, path), err)
	}
	s = mustOpen(t, plain, path)
	defer s.Close()
	if files := blobFiles(t, path); len(files) != 1 {
		t.Errorf("files after an opening for writing: %v", files)
	}
}

// A payload that cannot be written leaves nothing, and the store goes on.
func TestStageFails(t *testing.T) {
	path, blob := newBlobFile(t)
	folder := filepath.Dir(blob)
	away := fmt.Sprint(folder, ".away")
	if err := os.Rename(folder, away); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // a file is in the way
		t.Fatal(err)
	}
	o := newSetup(Options{})
	s, err := o.open(path)
	if err == nil {
		s.Close()
		t.Fatal("opened with a file in the place of the folder")
	}
	if err := errors.Join(os.Remove(folder), os.Rename(away, folder)); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, o, path)
	defer s.Close()
	if err := os.Rename(folder, away); err != nil {
		t.Fatal(err)
	}
	s.blobs.made = true // the folder was there
	if _, err := s.Stage([]byte("x")); err == nil {
		t.Error("staged without a folder")
	}
	life := benchLife(2)
	if err := s.Commit(life[:]); err != nil {
		t.Errorf("commit after a payload could not be staged: %v", err)
	}
}

// A payload for which there is no room is told so, and leaves nothing: on the disk, or within
// what the store's user may have of it, or the longest file that it may write.
func TestStageWithoutRoom(t *testing.T) {
	for why, full := range map[error]bool{syscall.ENOSPC: true, syscall.EDQUOT: true, syscall.EFBIG: true, syscall.EIO: false} {
		fails := new(atomic.Bool)
		path := filepath.Join(t.TempDir(), "bcp.db")
		s := mustOpen(t, newSetup(Options{Disk: failing{fails: fails, why: why}}), path)
		fails.Store(true)
		if _, err := s.Stage(blobPayload(1)); errors.Is(err, journal.ErrFull) != full || !errors.Is(err, why) {
			t.Errorf("%v: %v", why, err)
		}
		fails.Store(false)
		if files := blobFiles(t, path); len(files) != 0 {
			t.Errorf("%v: files %v", why, files)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A folder that can't be made now may be made later.
func TestBlobFolderIsTriedAgain(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "later")
	b := &blobs{folder: BlobFolder(filepath.Join(folder, "bcp.db")), disk: systemDisk{}}
	if _, err := b.write(blobPayload(1)); err == nil {
		t.Fatal("a blob is written without a folder")
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := b.write(blobPayload(1)); err != nil {
		t.Error(err)
	}
}

// What is there and can't be read is no damage: it may be read later.
func TestBlobThatIsNotDelivered(t *testing.T) {
	path, blob := newBlobFile(t)
	s := mustOpen(t, plain, path)
	defer s.Close()
	if err := errors.Join(os.Remove(blob), os.Mkdir(blob, 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Body(benchID(1)); !errors.Is(err, syscall.EISDIR) || errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("Body: %v", err)
	}
}

// A blob is damaged whatever is wrong with its file, and who reads it piece by piece never
// comes to its end.
func TestDamagedBlobIsNotRead(t *testing.T) {
	b := &blobs{folder: t.TempDir(), disk: systemDisk{}}
	for what, spoil := range map[string]func(path string) error{
		"a byte": func(path string) error { flipAt(t, path, 1000); return nil },
		"the last one": func(path string) error {
			flipAt(t, path, int64(journal.BlobHeadBytes+len(blobPayload(1))-1))
			return nil
		},
		"the head":  func(path string) error { flipAt(t, path, 1); return nil },
		"too short": func(path string) error { return os.Truncate(path, 1000) },
		"no head":   func(path string) error { return os.Truncate(path, 1) },
		"too long":  func(path string) error { return os.Truncate(path, 1<<20) },
		"gone":      os.Remove,
	} {
		blob, err := b.write(blobPayload(1))
		if err != nil {
			t.Fatal(err)
		}
		s := &Store{blobs: blobs{folder: b.folder}}
		r, err := s.OpenBlob(blob)
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(b.path(blob.ID)); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); len(got) == blob.Size && !bytes.Equal(got, blobPayload(1)) {
			t.Errorf("%s: all is read, and wrong, %v", what, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.OpenBlob(blob); !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), b.path(blob.ID)) {
			t.Errorf("%s: %v: want damage of the file", what, err)
		}
	}
}

// That there is no descriptor to read a blob with is no damage.
func TestBlobWithoutADescriptor(t *testing.T) {
	b := &blobs{folder: t.TempDir(), disk: systemDisk{}}
	blob, err := b.write(blobPayload(1))
	if err != nil {
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	_, err = b.read(blob)
	if limitErr := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); limitErr != nil {
		t.Fatal(limitErr)
	}
	if !errors.Is(err, syscall.EMFILE) || errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("read: %v", err)
	}
}

// TestBlobsLetGoByTheLog: what an opening brings in from the log lets go of payloads, whose
// files it removes beside those that nothing refers to.
func TestBlobsLetGoByTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	o := newSetup(Options{Log: 1 << 20, LogStep: 1 << 20})
	s := mustOpen(t, o, path)
	const tasks = 200
	var ends []journal.Record
	for n := 1; n <= tasks; n++ {
		life := benchLife(n)
		body, err := s.Stage(blobPayload(n))
		life[0].Payload, life[0].Blob = nil, body
		if err := errors.Join(err, s.Commit(life[:1])); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, life[1:]...)
	}
	if err := errors.Join(s.settle(), s.Commit(ends)); err != nil {
		t.Fatal(err)
	}
	s.fail(errors.New("a crash"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, o, path)
	if ended := s.Meta().Ended; ended != tasks {
		t.Errorf("%d tasks have ended, not %d", ended, tasks)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := blobFiles(t, path); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
}

// A journal beside which nothing can be written is not begun with: the first large payload
// would end the broker.
func TestOpenWherePayloadsCannotBeKept(t *testing.T) {
	for what, spoil := range map[string]func(path, folder string) error{
		"no folder can be made": func(path, folder string) error { return os.Chmod(folder, 0o555) },
		"nothing can be made in it": func(path, folder string) error {
			return errors.Join(os.Chmod(folder, 0o755), os.Mkdir(BlobFolder(path), 0o755), os.Chmod(BlobFolder(path), 0o555))
		},
	} {
		t.Run(what, func(t *testing.T) {
			path := newFile(t)
			folder := filepath.Dir(path)
			t.Cleanup(func() { _ = os.Chmod(folder, 0o755) }) // so that it can be removed
			if err := errors.Join(os.Chmod(path, 0o666), os.Chmod(filepath.Dir(folder), 0o755), spoil(path, folder)); err != nil {
				t.Fatal(err)
			}
			asNobody(t)
			_, err := Open(path, Options{})
			want := "open journal " + path + ": " + BlobFolder(path) + ": no large payload can be kept there: permission denied"
			if err == nil || err.Error() != want {
				t.Errorf("open: %v; want %s", err, want)
			}
		})
	}
}

// What an opening tries leaves nothing behind, also where there are payloads already.
func TestOpenLeavesPayloadsAlone(t *testing.T) {
	path := rotJournal(t)
	before := blobFiles(t, path)
	mustOpen(t, plain, path).Close()
	if after := blobFiles(t, path); len(before) == 0 || !slices.Equal(after, before) {
		t.Errorf("payloads %q, and before %q", after, before)
	}
}
