package bolt

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// What a restore or a backup that was killed has left of a large payload is not taken
// for the payload; one that is whole is.
func TestCopyOverLeftovers(t *testing.T) {
	path := rotJournal(t)
	name := blobFiles(t, path)[0]
	whole := mustReadFile(t, filepath.Join(BlobFolder(path), name))
	rotten := append(append([]byte{}, whole[:len(whole)-1]...), whole[len(whole)-1]^1)
	want := mustRead(t, path, readWhole)
	for left, content := range map[string][]byte{"nothing of it": {}, "a part": whole[:1000], "another byte": rotten, "all": whole} {
		for verb, copyTo := range map[string]func(to string) error{
			"restore": func(to string) error {
				_, err := Restore(context.Background(), path, to, RestoreOptions{})
				return err
			},
			"backup": func(to string) error { return BackupFile(context.Background(), path, to, Options{}, nil) },
		} {
			to := filepath.Join(t.TempDir(), "copy.db")
			if err := os.Mkdir(BlobFolder(to), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(BlobFolder(to), name), content, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := copyTo(to); err != nil {
				t.Errorf("%s where %s is left: %v", verb, left, err)
				continue
			}
			checkWhole(t, to)
			if got := mustRead(t, to, readWhole); !maps.Equal(got, want) {
				t.Errorf("%s where %s is left: it differs: %v", verb, left, difference(got, want))
			}
		}
	}
	checkWhole(t, path)
}

// What root restores in the place of a broker's journal is the broker's: the file, the folder of
// the large payloads and each of them. Those of a backup stay whose they are.
func TestRestoreKeepsOwner(t *testing.T) {
	for name, c := range map[string]struct{ same, folder bool }{ // the disk is, and there is a folder of payloads
		"in a journal with large payloads":   {false, true},
		"in one without":                     {true, false},
		"over links that a restore has left": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := newFile(t)
			theirs := []string{path}
			backup, _ := newBlobFile(t)
			if !c.same {
				backup = rotJournal(t)
			}
			if c.folder {
				theirs = append(theirs, BlobFolder(path))
				if err := os.Mkdir(BlobFolder(path), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, blob := range blobFiles(t, backup) {
				if !c.same || !c.folder {
					continue
				}
				if err := os.Link(filepath.Join(BlobFolder(backup), blob), filepath.Join(BlobFolder(path), blob)); err != nil {
					t.Fatal(err)
				}
			}
			giveAway(t, theirs...)
			if _, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: true}); err != nil {
				t.Fatal(err)
			}
			want := map[string]int{path: nobody, BlobFolder(path): nobody, backup: 0}
			for _, blob := range blobFiles(t, backup) {
				want[filepath.Join(BlobFolder(path), blob)], want[filepath.Join(BlobFolder(backup), blob)] = nobody, 0
			}
			for name, owner := range want {
				if is := ownerOf(name); is.uid != owner || is.gid != owner {
					t.Errorf("%s is user %d's and group %d's, and has to be %d's", name, is.uid, is.gid, owner)
				}
			}
		})
	}
}

// asked is a context that calls a function whenever it is asked whether it has ended, by one at
// a time.
type asked struct {
	context.Context
	fn func() error
}

var asking sync.Mutex

func (a asked) Err() error {
	asking.Lock()
	defer asking.Unlock()
	return a.fn()
}

// A copy that gets damaged is found before it has its name.
func TestRestoreChecksTheCopy(t *testing.T) {
	path := rotJournal(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	ctx := asked{context.Background(), func() error { // of what is written to the copy
		for _, blob := range payloadsBelow(t, filepath.Dir(to)) {
			if err := errors.Join(os.Remove(blob), os.WriteFile(blob, nil, 0o600)); err != nil { // it is a link
				return err
			}
		}
		return nil
	}}
	_, err := Restore(ctx, path, to, RestoreOptions{})
	if _, statErr := os.Stat(to); !errors.Is(err, journal.ErrCorrupt) || !errors.Is(statErr, fs.ErrNotExist) {
		t.Errorf("restore with a copy that is damaged: %v, and the file: %v", err, statErr)
	}
	checkWhole(t, path)
}

// payloadsBelow lists the files in all folders of large payloads there.
func payloadsBelow(t *testing.T, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.blobs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// A restore that doesn't come to its end, wherever it is broken off, leaves nothing beside the
// journal that it was to replace.
func TestRestoreGivenUp(t *testing.T) {
	t.Parallel()
	backup, path := rotJournal(t), rotJournal(t)
	want := mustRead(t, path, readWhole)
	payloads := blobFiles(t, path)
	for n := 0; ; n += 1 + n/8 {
		left := n
		ctx := asked{t.Context(), func() error {
			if left--; left < 0 {
				return context.Canceled
			}
			return nil
		}}
		kept, err := Restore(ctx, backup, path, RestoreOptions{Replace: true})
		if err == nil {
			if n < 3 {
				t.Errorf("given up at %d: it was not", n)
			}
			checkNames(t, path, path, BlobFolder(path), kept, BlobFolder(kept))
			return
		}
		if !errors.Is(err, context.Canceled) || kept != "" {
			t.Errorf("given up at %d: %q is kept, %v", n, kept, err)
		}
		checkNames(t, path, path, BlobFolder(path))
		if got := mustRead(t, path, readWhole); !maps.Equal(got, want) || !slices.Equal(blobFiles(t, path), payloads) {
			t.Errorf("given up at %d: the journal differs: %v", n, difference(got, want))
		}
	}
}

// A folder is no journal that could be replaced.
func TestRestoreOverAFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, replace := range []bool{false, true} {
		_, err := Restore(context.Background(), crashed(t, 1), folder, RestoreOptions{Replace: replace})
		if err == nil || errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "it is a folder; only a journal is replaced") {
			t.Errorf("restore: %v", err)
		}
	}
	checkNames(t, folder, folder)
}

// What is no journal is not replaced, though it is a file of bbolt; one that is damaged is.
func TestRestoreReplacesJournalsAlone(t *testing.T) {
	t.Parallel()
	backup := crashed(t, 1)
	const leave = "file is not a BCP journal; only a journal is replaced: move it away, or give another name"
	for what, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		says  string
	}{
		"text":           {overwrite([]byte("my notes")), leave},
		"no heads":       {zeroHeads, leave},
		"nothing":        {overwrite(nil), "file is not a BCP journal: it is empty; remove it, and restore again"},
		"other database": {drop(bucketMeta), leave},
	} {
		path := crashed(t, 1)
		c.spoil(t, path)
		was := mustReadFile(t, path)
		for _, replace := range []bool{false, true} {
			_, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: replace})
			if !errors.Is(err, journal.ErrForeign) || err.Error() != "restore "+path+": "+c.says {
				t.Errorf("%s: %v; want %s", what, err, c.says)
			}
		}
		if is, err := os.ReadFile(path); err != nil || !bytes.Equal(was, is) {
			t.Errorf("%s was replaced, %v", what, err)
		}
		checkNames(t, path, path)
	}
	path := crashed(t, 1)
	flipAt(t, path, int64(os.Getpagesize())+40) // of a meta page
	kept, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: true})
	if err != nil {
		t.Fatalf("over a damaged one: %v", err)
	}
	checkNames(t, path, path, kept)
	checkWhole(t, path)
}

// zeroHeads writes over both pages by which a file is known.
func zeroHeads(t *testing.T, path string) {
	t.Helper()
	content := mustReadFile(t, path)
	clear(content[:2*os.Getpagesize()])
	overwrite(content)(t, path)
}

// What has the folder of large payloads beside it was a journal, though nothing in it tells
// so: it is replaced, and kept with what is in the folder, which the next opening sweeps.
func TestRestoreOverWhatHasPayloads(t *testing.T) {
	t.Parallel()
	backup := crashed(t, 1)
	for what, spoil := range map[string]func(t *testing.T, path string){"no heads": zeroHeads, "nothing": overwrite(nil)} {
		path := rotJournal(t)
		spoil(t, path)
		was := mustReadFile(t, path)
		payloads := blobFiles(t, path)
		if _, err := Restore(t.Context(), backup, path, RestoreOptions{}); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s, not to be replaced: %v", what, err)
		}
		kept, err := Restore(t.Context(), backup, path, RestoreOptions{Replace: true})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if err := mustOpen(t, plain, path).Close(); err != nil {
			t.Fatal(err)
		}
		checkWhole(t, path)
		is, err := os.ReadFile(kept)
		if left := blobFiles(t, kept); err != nil || !bytes.Equal(was, is) || len(left) == 0 || !slices.Equal(left, payloads) {
			t.Errorf("%s is kept with %v of %v, %v", what, left, payloads, err)
		}
	}
}

// A folder or a pipe is no journal, whatever is beside it.
func TestRestoreOverNoFile(t *testing.T) {
	t.Parallel()
	backup := crashed(t, 1)
	for what, put := range map[string]func(path string) error{
		"it is a folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		"it is no regular file": func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		path := filepath.Join(t.TempDir(), "bcp.db")
		if err := errors.Join(put(path), os.Mkdir(BlobFolder(path), 0o700)); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), backup, path, RestoreOptions{Replace: true}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
		checkNames(t, path, path, BlobFolder(path))
	}
}

// A reserve is not copied.
func TestRestoreLeavesTheReserveOut(t *testing.T) {
	t.Parallel()
	const reserve = 1 << 20
	path := filepath.Join(t.TempDir(), "bcp.db")
	s, err := Open(path, Options{Reserve: reserve})
	if err != nil {
		t.Fatal(err)
	}
	used, _, err := s.Pages()
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if _, err := Restore(context.Background(), path, to, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	from, err := os.Stat(path)
	copied, toErr := os.Stat(to)
	if errors.Join(err, toErr) != nil || from.Size() < used+reserve/2 || copied.Size() != used {
		t.Errorf("of %d bytes, %d of them in use, there are %d, %v", from.Size(), used, copied.Size(), errors.Join(err, toErr))
	}
	checkWhole(t, to)
}

// A backup of an older schema is restored as it is, and the next opening migrates it; one that
// is damaged is not. Nothing is left beside.
func TestRestoreOlder(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for kept, check := range map[string]func(t *testing.T, path string){
		"testdata/schema1-many.db.gz": checkSchema1,
		"testdata/schema2.db.gz": func(t *testing.T, path string) {
			s := mustOpen(t, plain, path)
			defer s.Close()
			checkSchema2(t, s)
		},
	} {
		backup, to := unpack(t, kept), filepath.Join(t.TempDir(), "copy.db")
		var told []string
		if _, err := Restore(ctx, backup, to, RestoreOptions{Found: func(p journal.Problem) { told = append(told, p.String()) }}); err != nil {
			t.Errorf("%s: %v", kept, err)
			continue
		}
		if len(told) != 1 || !strings.Contains(told[0], "the next start of a broker migrates it") {
			t.Errorf("%s: told %q", kept, told)
		}
		was, err := os.ReadFile(backup)
		now, toErr := os.ReadFile(to)
		if len(now) == 0 || !bytes.HasPrefix(was, now) || errors.Join(err, toErr) != nil {
			t.Errorf("%s: the copy differs, %v, %v", kept, err, toErr)
		}
		checkNames(t, to, to)
		check(t, to)
		edit(t, backup, flipValue(bucketState, firstOf(t, backup, bucketState)))
		checkNotRestored(t, backup)
		backup = unpack(t, kept)
		flipAt(t, backup, int64(os.Getpagesize())+40) // of a meta page
		checkNotRestored(t, backup)
	}
}

// checkNotRestored tells whether a backup is found to be damaged, and nothing is left of it.
func checkNotRestored(t *testing.T, backup string) {
	t.Helper()
	none := filepath.Join(t.TempDir(), "none.db")
	if _, err := Restore(context.Background(), backup, none, RestoreOptions{}); !errors.Is(err, ErrDamagedBackup) {
		t.Errorf("restore of one that is damaged: %v", err)
	}
	checkNames(t, none)
}

// firstOf returns the first task in a bucket of a file.
func firstOf(t *testing.T, path string, bucket []byte) (id journal.ID) {
	t.Helper()
	edit(t, path, func(tx *bbolt.Tx) error {
		key, _ := tx.Bucket(bucket).Cursor().First()
		copy(id[:], key)
		return nil
	})
	return id
}

// A journal that comes to be there while a backup is restored is not replaced: a broker may have
// it open, and it is not kept under another name, as one is that was there before.
func TestRestoreBesideNewJournal(t *testing.T) {
	t.Parallel()
	backup, path := rotJournal(t), filepath.Join(t.TempDir(), "bcp.db")
	var others *Store
	ctx := asked{t.Context(), func() error {
		if under, err := filepath.Glob(path + ".new-*"); others == nil && len(under) > 1 || err != nil {
			others = mustOpen(t, plain, path)
			return errors.Join(err, others.Commit([]journal.Record{benchLife(1)[0]}))
		}
		return nil
	}}
	kept, err := Restore(ctx, backup, path, RestoreOptions{Replace: true})
	if !errors.Is(err, fs.ErrExist) || kept != "" {
		t.Errorf("restore: %q is kept, %v", kept, err)
	}
	if err := others.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := export(t, path, nil); len(got) != 1 {
		t.Errorf("%d tasks are in the journal that has come", len(got))
	}
}

// A link that leads nowhere is told as one: nothing is restored or imported in its place.
func TestRestoreOverLinkToNothing(t *testing.T) {
	t.Parallel()
	backup, path := rotJournal(t), filepath.Join(t.TempDir(), "bcp.db")
	if err := os.Symlink("elsewhere.db", path); err != nil {
		t.Fatal(err)
	}
	check := func(how string, err error) {
		t.Helper()
		if err == nil || errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), path+": it is a link to elsewhere.db, which is not there") {
			t.Errorf("%s: %v", how, err)
		}
		checkNames(t, path, path)
	}
	for _, replace := range []bool{false, true} {
		_, err := Restore(t.Context(), backup, path, RestoreOptions{Replace: replace})
		check("restore", err)
	}
	_, err := OpenImport(path, Options{})
	check("import", err)
}
