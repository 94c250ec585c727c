package bolt

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// toolsOfLog do with a journal, in whose log is something alone, what a tool does, and
// return the one that is to have it all then.
var toolsOfLog = map[string]func(t *testing.T, path string) (string, error){
	"read only": func(_ *testing.T, path string) (string, error) {
		s, err := OpenReadOnly(path, Options{})
		if err != nil {
			return "", err
		}
		return path, s.Close()
	},
	"export": func(t *testing.T, path string) (string, error) {
		items, left := export(t, path, nil)
		to := filepath.Join(t.TempDir(), "bcp.db")
		if len(left) > 0 {
			t.Errorf("left out %q", left)
		}
		_, err := into(t, to, items)
		return to, err
	},
	"import": func(_ *testing.T, path string) (string, error) {
		i, err := OpenImport(path, Options{})
		if err != nil {
			return "", err
		}
		return path, i.End(nil)
	},
	"backup": func(t *testing.T, path string) (string, error) {
		to := filepath.Join(t.TempDir(), "bcp.db")
		return to, BackupFile(context.Background(), path, to, Options{}, nil)
	},
	"compact": func(_ *testing.T, path string) (string, error) {
		_, err := Compact(context.Background(), path, Options{}, journal.Observer{})
		return path, err
	},
}

// Who reads a journal at rest reads also what a crash has left in its log alone.
func TestToolsBesideALog(t *testing.T) {
	t.Parallel()
	const batches = 4
	for name, tool := range toolsOfLog {
		path := leftInLog(t, batches)
		to, err := tool(t, path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkSettled(t, to)
		checkWhole(t, to)
		for _, o := range []setup{plain, logged(256 << 10)} {
			s := mustOpen(t, o, to)
			checkBatches(t, s, batches)
			s.Close()
		}
	}
}

// A verification changes nothing, and says that there is more in the log; a journal is
// restored with it.
func TestVerifyAndRestoreALog(t *testing.T) {
	t.Parallel()
	const batches = 4
	path := leftInLog(t, batches)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	problems, notes := verify(t, path)
	if len(problems) > 0 || len(notes) != 1 || !strings.Contains(notes[0], "2 commits are in the log alone") {
		t.Errorf("problems %q, notes %q", problems, notes)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a verification has changed the file, %v", err)
	}
	to := filepath.Join(t.TempDir(), "bcp.db")
	if _, err := Restore(context.Background(), path, to, RestoreOptions{}); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, plain, to)
	defer s.Close()
	checkBatches(t, s, batches)
}

// A problem or note of which nobody wants to be told does no harm.
func TestNobodyIsToldOfALog(t *testing.T) {
	t.Parallel()
	ctx, path := context.Background(), leftInLog(t, 4)
	checked, err := VerifyFile(ctx, path, Options{}, nil, nil)
	if checked.Notes != 1 || err != nil {
		t.Errorf("verify: %+v, %v", checked, err)
	}
	if _, err := Restore(ctx, path, filepath.Join(t.TempDir(), "bcp.db"), RestoreOptions{}); err != nil {
		t.Errorf("restore: %v", err)
	}
	if _, err := Compact(ctx, path, Options{}, journal.Observer{}); err != nil {
		t.Errorf("compact: %v", err)
	}
}

// Of a damaged journal what is whole is exported also when the damage keeps from the tables
// what a crash has left in the log: that is told.
func TestExportDamagedBesideALog(t *testing.T) {
	t.Parallel()
	path := leftInLog(t, 4)
	edit(t, path, func(tx *bbolt.Tx) error {
		id, state := benchID(tasksPerBatch), tx.Bucket(bucketState)
		row := bytes.Clone(state.Get(id[:]))
		row[1] ^= 1 // of its checksum, which an opening looks at
		return state.Put(id[:], row)
	})
	items, left := export(t, path, nil)
	if len(items) != 2*tasksPerBatch { // of two batches, with a setting and without the task that is damaged
		t.Errorf("%d items", len(items))
	}
	if len(left) != 2 || !strings.Contains(left[0], errBehind.Error()) || !strings.Contains(left[1], benchID(tasksPerBatch).String()) {
		t.Errorf("left out %q", left)
	}
}

// Who may not write a journal can't read what is in its log alone, and is told so; when
// nothing is there he reads all.
func TestLogOfAFileThatIsReadOnly(t *testing.T) {
	path := leftInLog(t, 4)
	folder := filepath.Dir(path)
	if err := errors.Join(os.Chmod(path, 0o444), os.Chmod(folder, 0o755), os.Chmod(filepath.Dir(folder), 0o755)); err != nil {
		t.Fatal(err)
	}
	asNobody(t)
	if f, err := os.OpenFile(path, os.O_RDWR, 0); err == nil {
		f.Close()
		t.Skip("the file can be written all the same")
	}
	_, err := OpenReadOnly(path, Options{})
	if !errors.Is(err, fs.ErrPermission) && (err == nil || !strings.Contains(err.Error(), "permission denied")) ||
		!strings.Contains(err.Error(), "what a crash has left in the log") {
		t.Errorf("open: %v", err)
	}
	if problems, notes := verify(t, path); len(problems) > 0 || len(notes) != 1 {
		t.Errorf("problems %q, notes %q", problems, notes)
	}
}

// asNobody has this thread be allowed of files what another user is, until the test ends.
func asNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	runtime.LockOSThread()
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Skipf("this thread can't be another user's: %v", err)
	}
	t.Cleanup(func() {
		_ = syscall.Setfsuid(0) // it could be
		runtime.UnlockOSThread()
	})
}

// While one reader brings in what the log has, another one waits, for longer than it would
// for a broker, and has nothing left to do.
func TestReadersTakeTurns(t *testing.T) {
	path, d := leftInLog(t, 4), newGated()
	once := epochOf(t, copyCrashed(t, path))
	first := newSetup(Options{})
	first.Disk = d
	d.on.Store(true)
	t.Cleanup(d.open)
	reads := make(chan error, 1)
	go func() { reads <- closed(first.openReadOnly(path)) }()
	<-d.entered
	second, waits := newSetup(Options{LockTimeout: time.Millisecond}), make(chan string, 1)
	second.at = func(step string) { waits <- step }
	comes := make(chan error, 1)
	go func() { comes <- closed(second.openReadOnly(path)) }()
	select {
	case <-waits:
	case err := <-comes:
		t.Fatalf("the second reader didn't wait: %v", err)
	}
	d.open()
	if err := errors.Join(<-reads, <-comes); err != nil {
		t.Error(err)
	}
	if now := epochOf(t, path); now != once {
		t.Errorf("epoch %d, and %d after one of them: both have brought in the log", now, once)
	}
}

// closed closes a store that could be opened.
func closed(s *Store, err error) error {
	return andThen(err, func() error { return s.Close() })
}

func epochOf(t *testing.T, path string) uint64 {
	t.Helper()
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Meta().Epoch
}
