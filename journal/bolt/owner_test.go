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

// Of what can't be given to the owner of the journal nothing stays behind: the owner could write
// nothing into such a folder.
func TestNothingStaysOfWhatCantBeGiven(t *testing.T) {
	for name, there := range map[string]bool{"a folder": false, "a payload": true} {
		t.Run(name, func(t *testing.T) {
			folder, err := os.MkdirTemp("", "bcp-owner-") // that of a test is open to its owner alone
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(folder)
			b := blobs{folder: BlobFolder(filepath.Join(folder, "bcp.db")), disk: systemDisk{}, owner: &owner{0, 0}}
			err = os.Chmod(folder, 0o777)
			if there {
				err = errors.Join(err, os.Mkdir(b.folder, 0), os.Chmod(b.folder, 0o777))
				folder = b.folder
			}
			if err != nil {
				t.Fatal(err)
			}
			err = asOther(t, func() error { _, err := b.write(make([]byte, 100)); return err })
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
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	backup, path := newFile(t), newFile(t)
	submitLarge(t, path, 1000)
	theirs := []string{path, BlobFolder(path)}
	for _, name := range blobFiles(t, path) {
		theirs = append(theirs, filepath.Join(BlobFolder(path), name))
	}
	for _, name := range theirs {
		if err := os.Chown(name, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := Restore(context.Background(), backup, path, RestoreOptions{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{kept, BlobFolder(kept)}
	for _, name := range blobFiles(t, kept) {
		names = append(names, filepath.Join(BlobFolder(kept), name))
	}
	if len(names) != len(theirs) {
		t.Errorf("of %d files there are %d under the other name", len(theirs), len(names))
	}
	for _, name := range names {
		if of := ownerOf(name); *of != (owner{nobody, nobody}) {
			t.Errorf("%s is %+v's", name, *of)
		}
	}
}
