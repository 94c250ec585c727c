package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

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
	content := mustReadFile(t, path)
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

// A pipe is refused, and not waited for: nobody is at its other end.
func TestPipeIsNoJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, verified := VerifyFile(t.Context(), path, Options{}, func(journal.Problem) {}, nil)
	for what, err := range map[string]error{"open": errOf(Open(path, Options{})), "read": errOf(OpenReadOnly(path, Options{})), "verify": verified} {
		if !errors.Is(err, journal.ErrForeign) || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
