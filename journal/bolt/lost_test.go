package bolt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bcp/journal"
)

// makers make a journal where there is none.
var makers = map[string]func(t *testing.T, path string) error{
	"open": func(_ *testing.T, path string) error {
		s, err := Open(path, Options{})
		return andThen(err, func() error { return s.Close() })
	},
	"import": func(_ *testing.T, path string) error {
		i, err := OpenImport(path, Options{})
		return andThen(err, func() error { return i.End(nil) })
	},
	"restore": func(t *testing.T, path string) error {
		_, err := Restore(t.Context(), crashed(t, 1), path, RestoreOptions{})
		return err
	},
	"restore, replacing": func(t *testing.T, path string) error {
		_, err := Restore(t.Context(), crashed(t, 1), path, RestoreOptions{Replace: true})
		return err
	},
	"backup": func(t *testing.T, path string) error {
		return BackupFile(t.Context(), crashed(t, 1), path, Options{}, nil)
	},
}

// Where the folder of large payloads has lost its journal no other one is made: its first
// opening would remove what it doesn't refer to.
func TestPayloadsWithoutTheirJournal(t *testing.T) {
	t.Parallel()
	for what, makes := range makers {
		for how, lose := range map[string]func(path string) error{
			"is gone": os.Remove,
			"is on a disk that is away": func(path string) error {
				return errors.Join(os.Remove(path), os.Symlink(path+".away", path))
			},
		} {
			path, _ := newBlobFile(t)
			if err := lose(path); err != nil {
				t.Fatal(err)
			}
			before := allBelow(t, filepath.Dir(path))
			const says = ".blobs has 1 large payload of a journal whose file was lost or moved, or of a copy that was broken off: put that file back, or move the folder away and try again"
			if err := makes(t, path); err == nil || !strings.Contains(err.Error(), path+says) && !errors.Is(err, fs.ErrExist) {
				t.Errorf("%s where the file %s: %v", what, how, err)
			}
			if after := allBelow(t, filepath.Dir(path)); !slices.Equal(after, before) {
				t.Errorf("%s where the file %s: %q, before %q", what, how, after, before)
			}
		}
	}
}

// allBelow lists what there is in a folder, at any depth.
func allBelow(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// What is no payload, and a payload that is kept elsewhere, keep nobody from making a journal.
func TestNothingToLose(t *testing.T) {
	t.Parallel()
	for what, makes := range makers {
		for of, left := range map[string]func(blob string) error{
			"an empty folder":       os.Remove,
			"a file to write over":  func(blob string) error { return os.Rename(blob, blob+spareSuffix) },
			"a payload of a backup": func(blob string) error { return os.Link(blob, filepath.Join(t.TempDir(), "kept")) },
		} {
			path, blob := newBlobFile(t)
			if err := errors.Join(os.Remove(path), left(blob)); err != nil {
				t.Fatal(err)
			}
			if err := makes(t, path); err != nil {
				t.Errorf("%s beside %s: %v", what, of, err)
			} else if problems, _ := verify(t, path); len(problems) > 0 {
				t.Errorf("%s beside %s: %q", what, of, problems)
			}
		}
	}
}

// An import that is killed when the large payloads have their names, and the file has not, is
// done by the same once more. (For a restore and a backup see TestCopyOverLeftovers.)
func TestImportOnceMore(t *testing.T) {
	t.Parallel()
	items := largeItem(t)
	path := filepath.Join(t.TempDir(), "bcp.db")
	for _, killed := range []bool{true, false} {
		i, err := OpenImport(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = i.Import(items); err != nil {
			t.Fatal(err)
		}
		if killed {
			err = errors.Join(i.Close(), linkBlobs(systemDisk{}, BlobFolder(i.made), path))
		} else {
			err = i.End(nil)
		}
		if err != nil {
			t.Fatalf("killed %v: %v", killed, err)
		}
	}
	if problems, _ := verify(t, path); len(problems) > 0 {
		t.Error(problems)
	}
	if names := blobFiles(t, path); len(names) != 2 {
		t.Errorf("%q are there, want what is left and what is in use", names)
	}
}

// An import that can't give a payload its name leaves none of the others there.
func TestImportThatCanNotBeNamed(t *testing.T) {
	t.Parallel()
	items := largeItems(t, 2)
	path := filepath.Join(t.TempDir(), "bcp.db")
	i, err := OpenImport(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = i.Import(items)
	names := blobFiles(t, i.made)
	inTheWay := filepath.Join(BlobFolder(path), names[len(names)-1])
	if err := errors.Join(err, os.MkdirAll(inTheWay, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := i.End(nil); err == nil || len(names) < 2 {
		t.Errorf("an import with %d payloads: %v", len(names), err)
	}
	if names := blobFiles(t, path); len(names) != 1 {
		t.Errorf("%q are there, want what was in the way", names)
	}
}

// largeItem is the export of a task whose body an import writes into a file of its own.
func largeItem(t *testing.T) []journal.Item {
	t.Helper()
	return largeItems(t, 1)
}

// largeItems is that of so many tasks.
func largeItems(t *testing.T, n int) []journal.Item {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bcp.db")
	for n := range n {
		submitLarge(t, path, n+1)
	}
	items, _ := export(t, path, nil)
	return items
}

// submitLarge commits the submit of benchLife's n-th task to the journal at path, with a body in
// a file of its own.
func submitLarge(t *testing.T, path string, n int) {
	t.Helper()
	s := mustOpen(t, plain, path)
	submit := benchLife(n)[0]
	submit.Payload, submit.Blob = nil, mustStage(t, s, make([]byte, journal.BlobMin))
	mustCommit(t, s, submit)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// An empty file is not to be removed where the payloads of what it was are.
func TestEmptyBesidePayloads(t *testing.T) {
	t.Parallel()
	path, _ := newBlobFile(t)
	overwrite(nil)(t, path)
	before := allBelow(t, filepath.Dir(path))
	for what, open := range openers {
		_, err := open(path, Options{})
		want := "open journal " + path + ": file is not a BCP journal: it is empty, and " + BlobFolder(path) +
			" has 1 large payload: put the journal's file back, or move both away and try again"
		if !errors.Is(err, journal.ErrForeign) || err.Error() != want {
			t.Errorf("%s: %v; want %s", what, err, want)
		}
	}
	if after := allBelow(t, filepath.Dir(path)); !slices.Equal(after, before) {
		t.Errorf("%q, before %q", after, before)
	}
}

// A journal whose file is moved away, removed or replaced under it says so, and that it is
// back, whether it watches the disk or not. One that a compaction has replaced is not lost.
func TestRoomOfALostFile(t *testing.T) {
	for _, reserve := range []int64{0, 1 << 20} {
		path := filepath.Join(t.TempDir(), "bcp.db")
		away := path + ".away"
		s, err := Open(path, Options{Reserve: reserve})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		check := func(what string, want bool, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			if got := roomOf(t, s).Lost; got != want {
				t.Errorf("reserve %d, %s: lost %v", reserve, what, got)
			}
		}
		check("new", false, nil)
		check("moved", true, os.Rename(path, away))
		check("replaced", true, os.WriteFile(path, nil, 0o600))
		check("back", false, os.Rename(away, path))
		_, err = s.Compact(t.Context(), func(fn func() error) error { return fn() }, journal.Observer{})
		check("compacted", false, err)
		check("removed", true, os.Remove(path))
		saved := path + ".saved"
		if err := s.Backup(t.Context(), saved, func(journal.Copied) {}); err != nil {
			t.Errorf("it can't be saved: %v", err)
		}
	}
}
