package bolt

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user who owns nothing.
const nobody = 65534

// asOther runs fn as somebody who can't give files to root.
func asOther(t *testing.T, fn func() error) error {
	t.Helper()
	if os.Geteuid() != 0 {
		return fn()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // which ends with the goroutine
		done <- errors.Join(syscall.Setfsuid(nobody), fn())
	}()
	return <-done
}

// giveAway makes files nobody's, as root can; of who can't it skips the test.
func giveAway(t *testing.T, names ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	for _, name := range names {
		if err := os.Chown(name, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
}

func checkNobodys(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if of := ownerOf(name); of == nil || *of != (owner{nobody, nobody}) {
			t.Errorf("%s belongs to %v", name, of)
		}
	}
}

// filesOf lists the files of a journal that has large payloads, and their folder.
func filesOf(t *testing.T, path string) []string {
	t.Helper()
	names := []string{path, BlobFolder(path)}
	for _, name := range blobFiles(t, path) {
		names = append(names, filepath.Join(BlobFolder(path), name))
	}
	return names
}

// forAll makes a folder that is open to everybody, as t.TempDir's are not.
func forAll(t *testing.T) (folder string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "bcp-test-")
	if err = errors.Join(err, os.Chmod(folder, 0o777)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(os.Chmod(folder, 0o700), os.RemoveAll(folder)); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// Who makes a copy in a folder that he may not read can't sync that. He is told that the copy is
// there.
func TestCopyIsToldThatIsNotSynced(t *testing.T) {
	backup := filepath.Join(forAll(t), "backup.db")
	if err := errors.Join(os.Rename(newFile(t), backup), os.Chmod(backup, 0o644)); err != nil {
		t.Fatal(err)
	}
	items, _ := export(t, backup, nil)
	for verb, copyTo := range map[string]func(to string) error{
		"write": func(to string) error {
			_, err := Restore(t.Context(), backup, to, RestoreOptions{})
			return err
		},
		"import into": func(to string) error {
			i, err := OpenImport(to, Options{})
			if err == nil {
				_, err = i.Import(items)
				err = i.End(err)
			}
			return err
		},
	} {
		folder := forAll(t)
		to := filepath.Join(folder, "bcp.db")
		if err := os.Chmod(folder, 0o333); err != nil {
			t.Fatal(err)
		}
		err := asOther(t, func() error { return copyTo(to) })
		if want := verb + " " + to + ": it is there and whole, but"; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: want %q", err, want)
		}
		if err := os.Chmod(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		checkWhole(t, to)
	}
}

// Nor does who makes a journal there take it for a durable one.
func TestCreateIsToldThatIsNotSynced(t *testing.T) {
	folder := forAll(t)
	if err := os.Chmod(folder, 0o333); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "bcp.db")
	err := asOther(t, func() error { _, err := Open(path, Options{}); return err })
	if want := "create journal " + path + ": "; !errors.Is(err, fs.ErrPermission) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v: want %q", err, want)
	}
}

// Of what can't be given to the owner of the journal nothing stays behind: the owner could write
// nothing into such a folder.
func TestNothingStaysOfWhatCantBeGiven(t *testing.T) {
	for name, there := range map[string]bool{"a folder": false, "a payload": true} {
		t.Run(name, func(t *testing.T) {
			folder := forAll(t)
			b := blobs{folder: BlobFolder(filepath.Join(folder, "bcp.db")), disk: systemDisk{}, owner: &owner{0, 0}}
			if there {
				if err := errors.Join(os.Mkdir(b.folder, 0), os.Chmod(b.folder, 0o777)); err != nil {
					t.Fatal(err)
				}
				folder = b.folder
			}
			err := asOther(t, func() error { _, err := b.write(make([]byte, 100)); return err })
			if failed := (*fs.PathError)(nil); !errors.As(err, &failed) || !strings.HasSuffix(failed.Op, "chown") {
				t.Errorf("a payload was to be given away: %v", err)
			}
			left, err := os.ReadDir(folder)
			if err != nil || len(left) > 0 {
				t.Errorf("%v is left, %v", left, err)
			}
		})
	}
}

// A journal that root replaces stays its owner's, with its large payloads, under the other name.
func TestReplacedKeepsOwner(t *testing.T) {
	backup, path := newFile(t), newFile(t)
	submitLarge(t, path, 1000)
	theirs := filesOf(t, path)
	giveAway(t, theirs...)
	kept, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	names := filesOf(t, kept)
	if len(names) != len(theirs) {
		t.Errorf("of %d files there are %d under the other name", len(theirs), len(names))
	}
	checkNobodys(t, names...)
}
