package migrations

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// killEnv makes the test binary the child of TestKilled: it names the file.
const killEnv = "BCP_TEST_MIGRATE_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(killEnv); path != "" {
		migrateAndDie(path)
	}
	os.Exit(m.Run())
}

// open opens a file; a new one is of schema 1.
func open(t testing.TB, path string) *bbolt.DB {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	err = db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(Meta)) != nil {
			return nil
		}
		if _, err := tx.CreateBucket([]byte(Meta)); err != nil {
			return err
		}
		return SetSchema(tx, First)
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "bcp.db") }

// mark is a step that adds its name to a list in the file.
func mark(name string) Step {
	return Step{Name: name, Apply: func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte(Meta))
		return meta.Put([]byte("marks"), append(slices.Clone(meta.Get([]byte("marks"))), name...))
	}}
}

// failing is a step that writes and then fails.
func failing(err error) Step {
	return Step{Name: "failing", Apply: func(tx *bbolt.Tx) error {
		if err := mark("x").Apply(tx); err != nil {
			return err
		}
		return err
	}}
}

// backUp makes a copy, as whoever has a file migrated does.
func backUp(db *bbolt.DB) BackUp {
	return func(path string) error {
		return db.View(func(tx *bbolt.Tx) error { return tx.CopyFile(path, 0o600) })
	}
}

// check compares the file's schema and the steps that it went through.
func check(t *testing.T, db *bbolt.DB, wantSchema uint32, wantMarks string) {
	t.Helper()
	err := db.View(func(tx *bbolt.Tx) error {
		schema, err := Schema(tx)
		if marks := string(tx.Bucket([]byte(Meta)).Get([]byte("marks"))); schema != wantSchema || marks != wantMarks {
			t.Errorf("schema %d with marks %q, want %d with %q", schema, marks, wantSchema, wantMarks)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func checkNoFile(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there: %v", path, err)
	}
}

func TestCurrentIsLeftAlone(t *testing.T) {
	path := newPath(t)
	db := open(t, path)
	if err := db.Update(func(tx *bbolt.Tx) error { return SetSchema(tx, Journal.Current()) }); err != nil {
		t.Fatal(err)
	}
	if err := Journal.Run(db, db.Update, backUp(db)); err != nil {
		t.Errorf("run: %v", err)
	}
	check(t, db, Journal.Current(), "")
	checkNoFile(t, BackupPath(path, First))
}

// Steps go in their order, after a backup of what was there before.
func TestStepsInOrder(t *testing.T) {
	path := newPath(t)
	db := open(t, path)
	if err := (Set{mark("a"), mark("b"), mark("c")}).Run(db, db.Update, backUp(db)); err != nil {
		t.Fatalf("run: %v", err)
	}
	check(t, db, 4, "abc")
	check(t, open(t, BackupPath(path, 1)), 1, "")
	checkNoFile(t, BackupPath(path, 2))
	checkFolder(t, path, 2)
}

func checkFolder(t *testing.T, path string, want int) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != want {
		t.Errorf("files beside the journal: %v, %v; want %d", entries, err, want)
	}
}

func TestNewerIsRefused(t *testing.T) {
	path := newPath(t)
	db := open(t, path)
	set := Set{mark("a"), mark("b")}
	if err := set.Run(db, db.Update, backUp(db)); err != nil {
		t.Fatal(err)
	}
	if err := set[:1].Run(db, db.Update, backUp(db)); !errors.Is(err, ErrNewer) {
		t.Errorf("run by an older program: %v", err)
	}
	check(t, db, 3, "ab")
}

func TestNoSchemaIsRefused(t *testing.T) {
	db := open(t, newPath(t))
	for _, schema := range []string{"", "x", "\x00\x00\x00\x00"} {
		err := db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte(Meta)).Put([]byte(SchemaKey), []byte(schema))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := (Set{mark("a")}).Run(db, db.Update, backUp(db)); !errors.Is(err, ErrNoSchema) {
			t.Errorf("schema %q: %v", schema, err)
		}
	}
	if err := db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(Meta)) }); err != nil {
		t.Fatal(err)
	}
	if err := Journal.Run(db, db.Update, backUp(db)); !errors.Is(err, ErrNoSchema) {
		t.Errorf("no bucket %s: %v", Meta, err)
	}
}

// A step that fails leaves no trace; those before it stay, and the next run
// goes on from there.
func TestRestartAfterError(t *testing.T) {
	path := newPath(t)
	db := open(t, path)
	broken := errors.New("broken")
	err := (Set{mark("a"), failing(broken), mark("c")}).Run(db, db.Update, backUp(db))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "schema 2 to 3 (failing)") {
		t.Errorf("run with a failing step: %v", err)
	}
	check(t, db, 2, "a")
	if err := (Set{mark("a"), mark("b"), mark("c")}).Run(db, db.Update, backUp(db)); err != nil {
		t.Errorf("second run: %v", err)
	}
	check(t, db, 4, "abc")
	check(t, open(t, BackupPath(path, 1)), 1, "")
	check(t, open(t, BackupPath(path, 2)), 2, "a")
}

// TestKilled kills a process in the middle of a step's transaction.
func TestKilled(t *testing.T) {
	path := newPath(t)
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killEnv+"="+path)
	child.Stderr = os.Stderr
	if err := child.Run(); err == nil || child.ProcessState.Exited() {
		t.Fatalf("the child was not killed but ended: %v", err)
	}
	db := open(t, path)
	check(t, db, 2, "a")
	check(t, open(t, BackupPath(path, 1)), 1, "")
	if err := (Set{mark("a"), mark("b")}).Run(db, db.Update, backUp(db)); err != nil {
		t.Fatal(err)
	}
	check(t, db, 3, "ab")
}

// migrateAndDie is the child: its second step never comes to its end.
func migrateAndDie(path string) {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		panic(err)
	}
	die := Step{Name: "die", Apply: func(tx *bbolt.Tx) error {
		if err := mark("half").Apply(tx); err != nil {
			return err
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		if err := self.Kill(); err != nil {
			return err
		}
		select {} // the signal is under way
	}}
	panic(Set{mark("a"), die}.Run(db, db.Update, backUp(db)))
}

// Without a backup nothing is changed.
func TestBackupFails(t *testing.T) {
	path := newPath(t)
	db := open(t, path)
	if err := os.Mkdir(BackupPath(path, 1), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := (Set{mark("a")}).Run(db, db.Update, backUp(db)); err == nil || !strings.Contains(err.Error(), "back up") {
		t.Errorf("run without a backup: %v", err)
	}
	check(t, db, 1, "")
}
