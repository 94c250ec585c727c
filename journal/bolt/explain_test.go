package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// A file that can't get its name is told of by that, and not by the one that it has.
func TestRenamedIsNamed(t *testing.T) {
	backup, path := rotJournal(t), filepath.Join(t.TempDir(), "bcp.db")
	payload := filepath.Join(BlobFolder(path), blobFiles(t, backup)[0])
	if err := os.MkdirAll(payload, 0o700); err != nil { // in its place
		t.Fatal(err)
	}
	_, err := Restore(t.Context(), backup, path, RestoreOptions{})
	if want := "write " + path + ": " + payload + ": file exists"; err == nil || err.Error() != want {
		t.Errorf("restore: %v; want %s", err, want)
	}
}

// A file that can't be made beside a bare name is told of by that name.
func TestBareNameIsNamed(t *testing.T) {
	journal := crashed(t, 1)
	t.Chdir(t.TempDir())
	path := strings.Repeat("x", 249) // too long with what a name ends with until it is whole
	err := BackupFile(t.Context(), journal, path, Options{}, nil)
	if want := "write " + path + ": file name too long"; err == nil || err.Error() != want {
		t.Errorf("backup: %v; want %s", err, want)
	}
	_, err = OpenImport(path, Options{})
	if want := "import into " + path + ": file name too long"; err == nil || err.Error() != want {
		t.Errorf("import: %v; want %s", err, want)
	}
}

// An import into a new journal tells of it, whatever fails, by the name that it is to have.
func TestImportIsNamed(t *testing.T) {
	items, empty := largeItem(t), overwrite(nil)
	for what, c := range map[string]struct {
		spoil func(i *Importing)
		want  string // behind the path
	}{
		"the file":           {func(i *Importing) { putOver(t, i.file, i.made) }, ": bad file descriptor"},
		"a payload":          {func(i *Importing) { empty(t, BlobFolder(i.made)) }, ": PATH.blobs/*: not a directory"},
		"a payload's name":   {func(i *Importing) { empty(t, BlobFolder(i.told)) }, ": PATH.blobs: not a directory"},
		"a name that is had": {func(i *Importing) { empty(t, i.told) }, ": file already exists"},
	} {
		path := filepath.Join(t.TempDir(), "bcp.db")
		i, err := OpenImport(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.spoil(i)
		_, err = i.Import(items)
		err = i.End(err)
		want := "import into " + path + strings.ReplaceAll(c.want, "PATH", path)
		if err == nil {
			t.Errorf("%s: nothing is wrong", what)
		} else if fits, bad := filepath.Match(want, err.Error()); !fits || bad != nil {
			t.Errorf("%s: %v; want %s", what, err, want)
		}
	}
	path := filepath.Join(t.TempDir(), "missing", "bcp.db")
	want := "import into " + path + ": folder " + filepath.Dir(path) + " does not exist"
	if _, err := OpenImport(path, Options{}); err == nil || err.Error() != want {
		t.Errorf("no folder: %v; want %s", err, want)
	}
}

// putOver puts an open file that can only be read in the place of another one.
func putOver(t *testing.T, file *os.File, path string) {
	t.Helper()
	by, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer by.Close()
	if err := syscall.Dup3(int(by.Fd()), int(file.Fd()), syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
}
