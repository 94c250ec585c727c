package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/migrations"
)

// newerSetup is a program with a schema behind the current one.
func newerSetup() setup { return withStep(addBucket) }

// withStep is a program with one step more than there is.
func withStep(apply func(*bbolt.Tx) error) setup {
	o := newSetup(Options{})
	o.migrations = append(o.migrations, migrations.Step{Name: "one more", Apply: apply})
	return o
}

func addBucket(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket([]byte("more"))
	return err
}

// A migration can't make its backup. That is told with the backup's name, and nothing stays
// behind: the older program goes on, and lets go of a payload; then the newer one can begin anew.
func TestMigrationAfterOneThatFailed(t *testing.T) {
	path, _ := newBlobFile(t)
	backup := migrations.BackupPath(path, current)
	for name, inTheWay := range map[string]string{"copy": backup + ".new-copy/x", "backup": backup + "/x", "payloads": BlobFolder(backup)} {
		if name == "payloads" {
			if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		} else if err := os.MkdirAll(inTheWay, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := newerSetup().open(path); err == nil || !strings.Contains(err.Error(), backup) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.RemoveAll(strings.TrimSuffix(inTheWay, "/x")); err != nil {
			t.Fatal(err)
		}
		checkNames(t, path, path, BlobFolder(path))
	}
	s, life := mustOpen(t, plain, path), benchLife(1)
	mustCommit(t, s, life[1:]...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, newerSetup(), path).Close(); err != nil {
		t.Error(err)
	}
	checkFile(t, backup)
}

// atSync is a disk that calls fn before each sync of a file.
type atSync struct {
	systemDisk
	fn func(*os.File)
}

func (d atSync) Sync(f *os.File) error {
	d.fn(f)
	return d.systemDisk.Sync(f)
}

// A migration was killed while it copied the journal, and the older program has let go of the
// payloads since: the newer one can begin anew.
func TestMigrationAfterOneThatWasKilled(t *testing.T) {
	path, _ := newBlobFile(t)
	left := filepath.Join(t.TempDir(), filepath.Base(path))
	killed := newerSetup()
	killed.Disk = atSync{fn: func(f *os.File) {
		if f.Name() == migrations.BackupPath(path, current)+".new-copy" {
			// Of the copies of the payloads each is the only one.
			if err := os.CopyFS(filepath.Dir(left), os.DirFS(filepath.Dir(path))); err != nil {
				t.Error(err)
			}
		}
	}}
	mustOpen(t, killed, path).Close()
	s := mustOpen(t, newerSetup(), left)
	defer s.Close()
	checkFile(t, migrations.BackupPath(left, current))
}

// What root's import makes of an older journal, and its backup, belongs to whom the journal belongs.
func TestMigrationKeepsOwner(t *testing.T) {
	path, _ := newBlobFile(t)
	giveAway(t, filesOf(t, path)...)
	edit(t, path, func(tx *bbolt.Tx) error {
		sums, err := migrations.ReadSums(tx)
		return errors.Join(err, tx.DeleteBucket(bucketLog), migrations.SetSchema(tx, 2), sums.Write(tx, 2))
	})
	i, err := OpenImport(path, Options{})
	if err == nil {
		err = i.End(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	names := filesOf(t, migrations.BackupPath(path, 2))
	if len(names) != 3 {
		t.Errorf("the backup is %q", names)
	}
	checkNobodys(t, names...)
}
