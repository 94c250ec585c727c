package bolt

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"bcp/journal"
)

// What a restore or a backup that was killed has left of a large payload is not taken
// for the payload; one that is whole is.
func TestCopyOverLeftovers(t *testing.T) {
	path := rotJournal(t)
	name := blobFiles(t, path)[0]
	whole, err := os.ReadFile(filepath.Join(BlobFolder(path), name))
	if err != nil {
		t.Fatal(err)
	}
	rotten := append(append([]byte{}, whole[:len(whole)-1]...), whole[len(whole)-1]^1)
	want := mustRead(t, path, readWhole)
	for left, content := range map[string][]byte{"nothing of it": {}, "a part": whole[:1000], "another byte": rotten, "all": whole} {
		for verb, copyTo := range map[string]func(to string) error{
			"restore": func(to string) error {
				_, err := Restore(context.Background(), path, to, false, nil, nil)
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

// asked is a context that calls a function whenever it is asked whether it has ended.
type asked struct {
	context.Context
	fn func() error
}

func (a asked) Err() error { return a.fn() }

// A copy that gets damaged is found before it has its name.
func TestRestoreChecksTheCopy(t *testing.T) {
	path := rotJournal(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.Mkdir(BlobFolder(to), 0o700); err != nil {
		t.Fatal(err)
	}
	blob := filepath.Join(BlobFolder(to), blobFiles(t, path)[0])
	ctx := asked{context.Background(), func() error { return os.WriteFile(blob, nil, 0o600) }}
	_, err := Restore(ctx, path, to, false, nil, nil)
	if _, statErr := os.Stat(to); !errors.Is(err, journal.ErrCorrupt) || !errors.Is(statErr, fs.ErrNotExist) {
		t.Errorf("restore with a copy that is damaged: %v, and the file: %v", err, statErr)
	}
	checkWhole(t, path)
}
