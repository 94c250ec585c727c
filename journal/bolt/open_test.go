package bolt

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
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
	saved := journal.Record{Task: benchID(1), Kind: journal.KindCheckpoint, Time: one[2].Time, Attempt: 1, Seq: 1, Payload: []byte("state")}
	if err := errors.Join(s.Commit(append(one[:3:3], saved)), s.Commit(two[:]), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
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
	before := mustReadFile(t, path)
	if err := create(path, 1, [16]byte{}, systemDisk{}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the journal that was there is another now, %v", err)
	}
	checkNames(t, path, path)
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

// With one meta page that is damaged the other would count, and the last commit be
// missing. A crash leaves none like that: a meta is within one sector of the disk.
func TestOpenWithOneMeta(t *testing.T) {
	for _, offset := range []int64{16 + 20, 4096 + 16 + 20} {
		path := newFile(t)
		flipAt(t, path, offset)
		for what, open := range openers {
			if _, err := open(path, Options{}); !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), "one of the two meta pages") {
				t.Errorf("%s with byte %d flipped: %v", what, offset, err)
			}
		}
	}
}

// A file that takes the place of another one while that is being opened is told.
func TestReplaced(t *testing.T) {
	path, other := newFile(t), newFile(t)
	replacing := newSetup(Options{})
	replacing.openFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		return f, errors.Join(err, os.Rename(other, path))
	}
	if _, err := replacing.open(path); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("open of a file that is replaced meanwhile: %v", err)
	}
	mustOpen(t, plain, path).Close()
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

// Where no journal can be made its folder is told of, which is what forbids it.
func TestCreateInAFolderOfOthers(t *testing.T) {
	folder := t.TempDir()
	if err := errors.Join(os.Chmod(folder, 0o555), os.Chmod(filepath.Dir(folder), 0o755)); err != nil {
		t.Fatal(err)
	}
	asNobody(t)
	path := filepath.Join(folder, "bcp.db")
	_, err := Open(path, Options{})
	if want := "create journal " + path + ": in folder " + folder + " nothing can be made: permission denied"; err == nil || err.Error() != want {
		t.Errorf("open: %v; want %s", err, want)
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
	before := mustReadFile(t, path)
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if meta := s.Meta(); meta.Epoch != 1 || meta.Ended != 1 || meta.Schema != current || meta.Last != benchID(2) {
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
	if _, err := prune(s, endedBefore(math.MaxInt64, 0), 1); err == nil {
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

// A link that leads nowhere is told as one: no journal is made where it leads, or in its place.
func TestOpenLinkToNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bcp.db")
	if err := os.Symlink("elsewhere.db", path); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Options{})
	if err == nil || !strings.Contains(err.Error(), "it is a link to elsewhere.db, which is not there") {
		t.Errorf("open: %v", err)
	}
	checkNames(t, path, path)
}

// A large file as well has address space to grow by: with none a commit would wait until a backup
// that goes on is over.
func TestMappedWithRoom(t *testing.T) {
	path := newFile(t)
	const large = int64(2 * mapRoom)
	if err := os.Truncate(path, large); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, plain, path)
	defer s.Close()
	if got := mappedOf(t, path); got < large+mapRoom {
		t.Errorf("%d bytes are mapped of a file of %d", got, large)
	}
}

// mappedOf is how many bytes of a file are mapped at most in one piece.
func mappedOf(t *testing.T, path string) (most int64) {
	t.Helper()
	maps := mustReadFile(t, "/proc/self/maps")
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err == nil && strings.HasSuffix(line, path+"\n") {
			most = max(most, to-from)
		}
	}
	return most
}

// unnamed is a disk that can't make names durable.
type unnamed struct {
	systemDisk
	err error
}

func (d unnamed) SyncFolder(string) error { return d.err }

// A journal whose name can't be made durable isn't opened, and nothing is changed or removed, but for one in a folder that the broker
// may not read: it has no other way.
func TestOpenWithoutName(t *testing.T) {
	path := newFile(t)
	unused := filepath.Join(BlobFolder(path), ulid.Make().String()) // by this file; what a cut leaves may need it
	before, err := os.ReadFile(path)
	if err = errors.Join(err, os.MkdirAll(BlobFolder(path), 0o700), os.WriteFile(unused, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(path, Options{Disk: unnamed{err: syscall.EIO}}); !errors.Is(err, syscall.EIO) {
		t.Errorf("a disk that doesn't sync: %v, %v", s, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) || !isThere(unused) {
		t.Errorf("it is written to, or the payload is removed: %v, %v", !isThere(unused), err)
	}
	s, err := Open(path, Options{Disk: unnamed{err: fs.ErrPermission}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
