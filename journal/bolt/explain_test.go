package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The folder of the payloads is told of by its whole name, and a copy in it without what a
// copy's name ends with, whatever the journal's name is like.
func TestPayloadsAreNamed(t *testing.T) {
	backup := rotJournal(t)
	payload := blobFiles(t, backup)[0]
	t.Chdir(t.TempDir())
	for _, path := range []string{"bcp.db", "x.new-1.db", "./x.new-2.db", filepath.Join(t.TempDir(), "x.new-3.db")} {
		if err := os.Symlink("nowhere", BlobFolder(path)); err != nil {
			t.Fatal(err)
		}
		_, err := Restore(t.Context(), backup, path, RestoreOptions{})
		if want := ": " + BlobFolder(path) + "/" + payload + ": no such file or directory"; err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("restore: %v; want %s", err, want)
		}
		if err := errors.Join(os.Remove(BlobFolder(path)), os.WriteFile(BlobFolder(path), nil, 0o600)); err != nil { // no folder
			t.Fatal(err)
		}
		_, err = Open(path, Options{})
		if want := "create journal " + path + ": " + BlobFolder(path) + ": not a directory"; err == nil || err.Error() != want {
			t.Errorf("open: %v; want %s", err, want)
		}
	}
}
