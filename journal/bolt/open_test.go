package bolt

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// newFile makes a journal with one live task and one that ended, and closes it.
func newFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bcp.db")
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	one, two := benchLife(1), benchLife(2)
	if err := errors.Join(s.Commit(one[:3]), s.Commit(two[:]), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// edit changes the file behind the store's back.
func edit(t *testing.T, path string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestCreateLeavesOneFile(t *testing.T) {
	path := newFile(t)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("files beside the journal: %v, %v", entries, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("journal's mode: %v, %v", info.Mode(), err)
	}
}

// Of two that make the same journal at a time, the slower leaves the other's.
func TestCreateIsExclusive(t *testing.T) {
	path := newFile(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := create(path, 1); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the journal that was there is another now, %v", err)
	}
	TestCreateLeavesOneFile(t)
}

func TestIdentityIsRandom(t *testing.T) {
	a, b := mustOpen(t, plain, newFile(t)), mustOpen(t, plain, newFile(t))
	defer a.Close()
	defer b.Close()
	if a.Meta().Broker == b.Meta().Broker {
		t.Error("two journals have the same identity")
	}
}

var plain = newSetup(Options{})

// TestOpenRefuses: each file that is no good journal gets one clear line that
// names it, from Open and from OpenReadOnly, and is left as it is.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  error
		text  string
	}{
		"empty":    {overwrite(nil), journal.ErrForeign, "is empty"},
		"text":     {overwrite([]byte(strings.Repeat("no journal\n", 10_000))), journal.ErrForeign, ""},
		"short":    {overwrite([]byte("x")), journal.ErrForeign, ""},
		"folder":   {makeFolder, journal.ErrForeign, "is a folder"},
		"cut off":  {cut, journal.ErrCorrupt, "cut off"},
		"metas":    {spoilMetas, journal.ErrCorrupt, "meta page"},
		"pages":    {spoilPages, journal.ErrCorrupt, ""},
		"no meta":  {drop(bucketMeta), journal.ErrForeign, ""},
		"no state": {drop(bucketState), journal.ErrCorrupt, `"state"`},
		"format":   {put(keyFormat, "another"), journal.ErrForeign, ""},
		"identity": {put(keyBroker, "short"), journal.ErrCorrupt, "identity"},
		"counters": {put(keyCounters, strings.Repeat("\x01", 37)), journal.ErrCorrupt, "counters"},
		"schema":   {put([]byte(migrations.SchemaKey), "x"), journal.ErrCorrupt, "schema"},
		"newer":    {put([]byte(migrations.SchemaKey), "\x00\x00\x00\x63"), journal.ErrNewer, "99"},
	} {
		t.Run(name, func(t *testing.T) {
			path := newFile(t)
			c.spoil(t, path)
			before, _ := os.ReadFile(path)
			for what, open := range openers {
				s, err := open(path, Options{})
				if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), path) || !strings.Contains(fmt.Sprint(err), c.text) {
					t.Errorf("%s: %v; want %q with %q and the path", what, err, c.want, c.text)
				}
				if s != nil {
					t.Errorf("%s returned a store beside the error", what)
				}
				if strings.Contains(fmt.Sprint(err), "\n") {
					t.Errorf("%s: the error has several lines: %v", what, err)
				}
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

var openers = map[string]func(string, Options) (*Store, error){"open": Open, "open read-only": OpenReadOnly}

func overwrite(content []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func makeFolder(t *testing.T, path string) {
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, path string) {
	if err := os.Truncate(path, 3*4096); err != nil {
		t.Fatal(err)
	}
}

// spoilMetas flips a byte in both meta pages, behind their magic number.
func spoilMetas(t *testing.T, path string) { flipAt(t, path, 16+20, 4096+16+20) }

// spoilPages writes over everything behind the meta pages.
func spoilPages(t *testing.T, path string) {
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * 4096; i < len(content); i++ {
		content[i] = 0xee
	}
	overwrite(content)(t, path)
}

func flipAt(t *testing.T, path string, offsets ...int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	for _, at := range offsets {
		_, readErr := f.ReadAt(b[:], at)
		b[0] ^= 0xff
		_, writeErr := f.WriteAt(b[:], at)
		if err := errors.Join(readErr, writeErr); err != nil {
			t.Fatal(err)
		}
	}
}

func drop(bucket []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		edit(t, path, func(tx *bbolt.Tx) error { return tx.DeleteBucket(bucket) })
	}
}

func put(key []byte, value string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(bucketMeta).Put(key, []byte(value)) })
	}
}

// One meta page that is damaged is what a crash can leave: the other counts.
func TestOpenWithOneMeta(t *testing.T) {
	for _, offset := range []int64{16 + 20, 4096 + 16 + 20} {
		path := newFile(t)
		flipAt(t, path, offset)
		s := mustOpen(t, plain, path)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenMissing(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "missing", "bcp.db")
	for what, open := range openers {
		if _, err := open(path, Options{}); err == nil || !strings.Contains(err.Error(), "folder "+filepath.Dir(path)+" does not exist") {
			t.Errorf("%s in a missing folder: %v", what, err)
		}
	}
	path = filepath.Join(folder, "bcp.db")
	if _, err := OpenReadOnly(path, Options{}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("open read-only of a missing file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open read-only made the file: %v", err)
	}
}

// While one has the journal, another is told at once, and who has it.
func TestLocked(t *testing.T) {
	path := newFile(t)
	holder := mustOpen(t, plain, path)
	for what, open := range openers {
		_, err := open(path, Options{})
		if !errors.Is(err, journal.ErrLocked) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s of a journal in use: %v", what, err)
		}
		if name := fmt.Sprintf("(process %d)", os.Getpid()); lockHolder(path) != "" && !strings.Contains(err.Error(), name) {
			t.Errorf("%s of a journal in use: %v, want %s", what, err, name)
		}
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenReadOnly(path, Options{}) // readers don't exclude each other
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("open of a journal that is being read: %v", err)
	}
	if err := errors.Join(reader.Close(), second.Close()); err != nil {
		t.Error(err)
	}
	mustOpen(t, plain, path).Close()
}

func TestFindHolder(t *testing.T) {
	const locks = `1: POSIX  ADVISORY  WRITE 11 fe:01:5 0 EOF
2: FLOCK  ADVISORY  WRITE 12 fe:01:55 0 EOF
2: -> FLOCK  ADVISORY  WRITE 13 fe:01:5 0 EOF
3: FLOCK  ADVISORY  READ  14 fe:01:5 0 EOF
`
	if got := findHolder(bufio.NewScanner(strings.NewReader(locks)), fileName(0xfe01, 5)); got != " (process 14)" {
		t.Errorf("holder: %q", got)
	}
	if got := findHolder(bufio.NewScanner(strings.NewReader(locks)), fileName(0xfe02, 5)); got != "" {
		t.Errorf("holder of a file that is not locked: %q", got)
	}
}

func TestReadOnly(t *testing.T) {
	path := newFile(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if meta := s.Meta(); meta.Epoch != 1 || meta.Ended != 1 || meta.Schema != 1 || meta.Last != benchID(2) {
		t.Errorf("meta: %+v", meta)
	}
	live, ended := benchID(1), benchID(2)
	_, getErr := s.Get(live)
	_, bodyErr := s.Body(live)
	_, resultErr := s.Result(ended)
	if err := errors.Join(getErr, bodyErr, resultErr); err != nil {
		t.Error(err)
	}
	life := benchLife(3)
	if err := s.Commit(life[:]); err == nil {
		t.Error("commit to a read-only journal returned nil")
	}
	if _, err := s.Prune(math.MaxInt64, 0, 1); err == nil {
		t.Error("prune of a read-only journal returned nil")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed, %v", err)
	}
}

// A store that is closed says so, and doesn't crash.
func TestClosed(t *testing.T) {
	s := mustOpen(t, plain, newFile(t))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	life := benchLife(3)
	if _, err := s.Get(benchID(1)); err == nil {
		t.Error("get from a closed store returned nil")
	}
	if err := s.Commit(life[:]); err == nil {
		t.Error("commit to a closed store returned nil")
	}
}
