package bolt

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bcp/journal"
)

// TestBackupUnderLoad takes backups while tasks with large payloads come and go: each
// is whole, and has all that was committed before it began.
func TestBackupUnderLoad(t *testing.T) { testBackupUnderLoad(t, plain) }

// TestBackupUnderLoadLog does the same where commits go to a log, which is blank in each.
func TestBackupUnderLoadLog(t *testing.T) {
	t.Parallel()
	testBackupUnderLoad(t, newSetup(Options{Log: 64 << 10}))
}

func testBackupUnderLoad(t *testing.T, o setup) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, o, path)
	stop, stopped := make(chan struct{}), make(chan error, 1)
	done := make(chan int, 1000)
	go func() { stopped <- comeAndGo(s, stop, done) }()
	for n := range 4 {
		before := <-done
		copied := filepath.Join(t.TempDir(), "copy.db")
		if err := s.Backup(context.Background(), copied, nil); err != nil {
			t.Fatal(err)
		}
		if checkWhole(t, copied); o.Log > 0 {
			checkBlank(t, copied)
		}
		checkBackupHas(t, copied, before)
		if n == 3 {
			close(stop)
		}
	}
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, path) // no file is left of those that were held
}

// comeAndGo lets tasks live and be forgotten, and sends the number of each whose end
// is committed.
func comeAndGo(s journal.Store, stop chan struct{}, done chan<- int) error {
	for n := 1; ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		life := benchLife(n)
		body, err := s.Stage(blobPayload(n))
		life[0].Payload, life[0].Blob = nil, body
		if err := errors.Join(err, s.Commit(life[:1]), s.Commit(life[1:])); err != nil {
			return err
		}
		select {
		case done <- n:
		default:
		}
		if _, err := prune(s, endedBefore(math.MinInt64, 20), 10); err != nil {
			return err
		}
	}
}

// checkBackupHas looks for a task in a backup, or for later ones in its place.
func checkBackupHas(t *testing.T, path string, n int) {
	t.Helper()
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	last := s.Meta().Last
	if numberOf(last) < n {
		t.Errorf("the backup ends with task %d, and task %d was committed before it began", numberOf(last), n)
	}
	if _, err := s.Get(benchID(n)); err != nil && numberOf(last) < n+20 {
		t.Errorf("task %d of %d: %v", n, numberOf(last), err)
	}
}

// A backup is a journal like any other, and its files are its own.
func TestBackupAndRestore(t *testing.T) {
	path := rotJournal(t)
	want := mustRead(t, path, readWhole)
	s := mustOpen(t, plain, path)
	folder := t.TempDir()
	backup, back := filepath.Join(folder, "backup.db"), filepath.Join(folder, "back.db")
	var last journal.Copied
	if err := s.Backup(context.Background(), backup, func(c journal.Copied) { last = c }); err != nil {
		t.Fatal(err)
	}
	if last.Bytes != last.Total || last.Total == 0 {
		t.Errorf("progress ended with %+v", last)
	}
	if err := s.Backup(context.Background(), backup, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second backup of that name: %v", err)
	}
	s.Close()
	if _, err := Restore(context.Background(), backup, back, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, back)
	if got := mustRead(t, back, readWhole); !maps.Equal(got, want) {
		t.Errorf("what was restored differs: %v", difference(got, want))
	}
	if names, _ := filepath.Glob(filepath.Join(folder, "*")); len(names) != 4 {
		t.Errorf("files: %v", names)
	}
}

// What is in the way of a restore stays, but when it is told to go, and then it is
// kept under another name.
func TestRestoreReplaces(t *testing.T) {
	backup, path := rotJournal(t), newFile(t)
	want, before := mustRead(t, backup, readWhole), mustRead(t, path, readWhole)
	if _, err := Restore(context.Background(), backup, path, RestoreOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("restore over a journal: %v", err)
	}
	s := mustOpen(t, plain, path)
	if _, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: true}); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("restore over a journal in use: %v", err)
	}
	s.Close()
	for range 2 {
		kept, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: true})
		if err != nil {
			t.Fatal(err)
		}
		checkWhole(t, kept)
		if got := mustRead(t, path, readWhole); !maps.Equal(got, want) {
			t.Errorf("what was restored differs: %v", difference(got, want))
		}
		if strings.HasSuffix(kept, "-1") {
			before["meta"] = mustRead(t, kept, readWhole)["meta"] // one epoch later
			if got := mustRead(t, kept, readWhole); !maps.Equal(got, before) {
				t.Errorf("what was replaced differs: %v", difference(got, before))
			}
		}
	}
}

// A backup that is damaged replaces nothing.
func TestRestoreRefuses(t *testing.T) {
	backup, path := rotJournal(t), newFile(t)
	before := mustReadFile(t, path)
	edit(t, backup, flipValue(bucketDone, benchID(58)))
	var found []string
	_, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: true, Found: func(p journal.Problem) { found = append(found, p.String()) }})
	if !errors.Is(err, ErrDamagedBackup) || len(found) != 1 || !strings.Contains(found[0], benchID(58).String()) {
		t.Errorf("restore of a damaged backup: %v, %q", err, found)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the journal was changed: %v", err)
	}
	if _, err := Restore(context.Background(), path+".missing", path, RestoreOptions{Replace: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("restore of nothing: %v", err)
	}
}

// A copy that is interrupted leaves nothing, also when its payloads get their names.
func TestBackupInterrupted(t *testing.T) {
	path := rotJournal(t)
	s := mustOpen(t, plain, path)
	defer s.Close()
	for _, at := range []string{"*.new-*.blobs", "backup.db.blobs"} {
		folder := t.TempDir()
		ctx := asked{t.Context(), func() error { // once a large payload is there
			if names, _ := filepath.Glob(filepath.Join(folder, at, "*")); len(names) > 0 {
				return context.Canceled
			}
			return nil
		}}
		err := s.Backup(ctx, filepath.Join(folder, "backup.db"), nil)
		if names, _ := filepath.Glob(filepath.Join(folder, "*")); !errors.Is(err, context.Canceled) || len(names) != 0 {
			t.Errorf("backup interrupted at %s: %v, it left %v", at, err, names)
		}
	}
}

// What a backup leaves on another disk that was killed is in nobody's way: not when the
// journal has let go of its payloads since, and whatever it had done; nor when the one after
// it was killed as well.
func TestBackupAfterOneThatWasKilled(t *testing.T) {
	path, _ := newBlobFile(t)
	submitLarge(t, path, 2)
	other := crashed(t, 1)
	once := killedBackups(t, path, t.TempDir())
	named := 0
	for n, first := range once {
		if hasBlobFolder(filepath.Join(first, "backup.db")) {
			named++
		}
		for _, left := range append(killedBackups(t, path, copyAsIs(t, first)), first) {
			backup := filepath.Join(left, "backup.db")
			if err := BackupFile(t.Context(), other, backup, Options{}, nil); err != nil {
				t.Errorf("after kill %d: %v", n, err)
			} else if problems, _ := verify(t, backup); len(problems) > 0 {
				t.Errorf("after kill %d: problems %q", n, problems)
			}
		}
	}
	if len(once) != 4 || named != 2 {
		t.Errorf("of %d kills %d came when payloads had their names", len(once), named)
	}
}

// killedBackups makes backup.db in a folder, and returns others with what there was in it at
// each moment when one that is killed leaves other payloads.
func killedBackups(t *testing.T, path, folder string) (left []string) {
	t.Helper()
	before := payloadsBelow(t, folder)
	last := before
	ctx := asked{t.Context(), func() error {
		if names := payloadsBelow(t, folder); !slices.Equal(names, last) {
			left, last = append(left, copyAsIs(t, folder)), names
		}
		return nil
	}}
	if err := BackupFile(ctx, path, filepath.Join(folder, "backup.db"), Options{}, nil); err != nil || len(left) == 0 {
		t.Fatalf("%d kills, %v", len(left), err)
	}
	if names, _ := filepath.Glob(filepath.Join(folder, "*")); len(before) == 0 && len(names) != 2 {
		t.Errorf("a backup has left %v", names)
	}
	return left
}

// copyAsIs copies a folder, where another disk has files of its own: payloads that are one
// file are one in the copy.
func copyAsIs(t *testing.T, folder string) (to string) {
	t.Helper()
	to = t.TempDir()
	err := os.CopyFS(to, os.DirFS(folder))
	names := payloadsBelow(t, folder)
	for n, name := range names {
		for _, same := range names[:n] {
			if err == nil && sameFile(t, name, same) {
				inCopy := strings.Replace(name, folder, to, 1)
				err = errors.Join(os.Remove(inCopy), os.Link(strings.Replace(same, folder, to, 1), inCopy))
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	one, err := os.Stat(a)
	two, errTwo := os.Stat(b)
	if err := errors.Join(err, errTwo); err != nil {
		t.Fatal(err)
	}
	return os.SameFile(one, two)
}

// Of two copies to one name one gets it, and keeps what the other has linked for it, however
// that ends.
func TestBackupsToOneName(t *testing.T) {
	path, _ := newBlobFile(t)
	for _, want := range []error{fs.ErrExist, context.Canceled} {
		backup := filepath.Join(t.TempDir(), "backup.db")
		ctx := asked{t.Context(), func() error {
			if _, err := os.Lstat(backup); err == nil || len(blobFiles(t, backup)) == 0 {
				return nil
			}
			if err := BackupFile(t.Context(), path, backup, Options{}, nil); err != nil {
				t.Error(err)
			}
			if errors.Is(want, context.Canceled) {
				return want
			}
			return nil
		}}
		if err := BackupFile(ctx, path, backup, Options{}, nil); !errors.Is(err, want) {
			t.Errorf("the later one: %v, want %v", err, want)
		}
		checkWhole(t, backup)
		if names, _ := filepath.Glob(filepath.Join(filepath.Dir(backup), "*")); len(names) != 2 {
			t.Errorf("they have left %v", names)
		}
	}
}

// What is wrong with a large payload is told with the name of a file that is there: of the
// backup, or of the journal if it has none.
func TestBackupOfADamagedPayload(t *testing.T) {
	path := rotJournal(t)
	payload := filepath.Join(BlobFolder(path), blobFiles(t, path)[0])
	backup := filepath.Join(t.TempDir(), "b.db")
	checkSays := func(of string) {
		t.Helper()
		err := BackupFile(context.Background(), path, backup, Options{}, nil)
		if err == nil || !strings.Contains(err.Error(), of) || strings.Contains(err.Error(), ".new-") {
			t.Errorf("%v, want %s", err, of)
		}
	}
	if err := os.WriteFile(payload, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	checkSays(BlobFolder(backup))
	if err := errors.Join(os.Remove(payload), os.Remove(backup)); err != nil {
		t.Fatal(err)
	}
	checkSays(payload)
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
