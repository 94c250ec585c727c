package bolt

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
)

var rotAll = flag.Bool("rot.all", false, "flip a bit of every byte of a journal in turn, and not only of some")

// rotTasks are the tasks of the journal that rots: some live, some ended, some
// forgotten.
const rotTasks = 60

// inMemory is a folder for journals that nobody reads after a cut of the power: where the
// machine has a file system in memory with room, nobody waits for a disk.
func inMemory(t testing.TB) string {
	t.Helper()
	const memory = "/dev/shm"
	var s syscall.Statfs_t
	if syscall.Statfs(memory, &s) != nil || s.Bavail*uint64(s.Bsize) < 1<<30 {
		return t.TempDir()
	}
	folder, err := os.MkdirTemp(memory, "bcp-rot-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// rotJournal makes a journal with something of everything, and several pages of some.
func rotJournal(t testing.TB) string {
	t.Helper()
	return rotJournalOf(t, plain, 4)
}

// rotLateJournal makes one in which most tasks ended late: some of them are folded.
func rotLateJournal(t *testing.T) string {
	t.Helper()
	return rotJournalOf(t, lateOptions(lateness{wait: 8, step: 4}), 1)
}

// rotJournalOf commits so many records of each task alone, and the others then.
func rotJournalOf(t testing.TB, options setup, begin int) string {
	t.Helper()
	path := filepath.Join(inMemory(t), "bcp.db")
	s := mustOpen(t, options, path)
	large, err := s.Stage(blobPayload(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []bool{false, true} {
		for n := range rotTasks {
			life := rotLife(n, large)
			if end {
				life = life[begin:]
			} else {
				life = life[:begin]
			}
			if err := s.Commit(life); err != nil {
				t.Fatal(err)
			}
		}
	}
	keep := endedBefore(0, rotTasks/2)
	keep.NowMS, keep.EndedMS, keep.Keys, keep.KeysMS = math.MaxInt32, math.MaxInt32, 100, math.MaxInt32
	if _, err := prune(s, keep, 100); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func rotLife(n int, large journal.Blob) []journal.Record {
	life := benchLife(n)
	life[0].Spec.Key = rotKey(n)
	life[0].Payload = make([]byte, 200+n%7*100)
	life[3].Payload = fmt.Append(nil, "result ", n, make([]byte, n%3*2500))
	if n == rotTasks-1 {
		life[0].Payload, life[0].Blob = nil, large
	}
	if n%5 != 4 {
		return append(life[:], journal.Record{Kind: journal.KindSetting, Time: 1, Setting: &journal.Setting{Name: fmt.Sprint("limit/", n%4), Value: fmt.Sprint(n)}})
	}
	saved := journal.Record{Task: life[0].Task, Kind: journal.KindCheckpoint, Time: life[2].Time, Attempt: 1, Seq: 1, Payload: fmt.Append(nil, "state ", n)}
	return append(life[:3:3], saved)
}

func rotKey(n int) string { return fmt.Sprint("key of task ", n) }

// readWhole returns all that a journal says, each thing under a name of its own.
func readWhole(s *Store) (map[string]string, error) {
	all, err := readEach(s)
	scanned, scanErr := scanWhole(s)
	maps.Copy(all, scanned)
	return all, errors.Join(err, scanErr)
}

// readEach returns what a journal says to who asks for each thing.
func readEach(s *Store) (map[string]string, error) {
	all := map[string]string{"meta": fmt.Sprintf("%x %v %d", s.Meta().Broker, s.Meta().Last, s.Meta().Ended)}
	err := s.Settings(func(r journal.Record) error {
		all["setting "+r.Setting.Name] = fmt.Sprint(r.Setting.Value, r.Time)
		return nil
	})
	for n := range rotTasks {
		err = errors.Join(err, readByID(s, n, all))
	}
	return all, err
}

// scanWhole returns what a journal lists, both ways.
func scanWhole(s *Store) (all map[string]string, err error) {
	all = map[string]string{}
	for _, descending := range []bool{false, true} {
		_, scanErr := s.Scan(journal.Range{Live: true, Ended: true, Descending: descending}, func(e journal.Entry) error {
			all[strconv.FormatBool(descending)+string(e.Task.ID[:])] = rowText(e)
			return nil
		})
		err = errors.Join(err, scanErr)
	}
	return all, err
}

// rowText is an entry as a row, "" for none.
func rowText(e journal.Entry) string {
	if len(e.Records) == 0 {
		return ""
	}
	records := make([]*journal.Record, 0, len(e.Records)+1)
	for i := range e.Records {
		records = append(records, &e.Records[i])
	}
	if e.Checkpoint != nil {
		records = append(records, e.Checkpoint)
	}
	row, err := journal.AppendRow(nil, nil, records...)
	if err != nil {
		return err.Error()
	}
	return string(row)
}

// readByID asks for everything of one task, by its ID and its key.
func readByID(s *Store, n int, all map[string]string) error {
	id := benchID(n)
	found, ok, keyErr := s.ByKey(rotKey(n))
	e, err := s.Get(id)
	body, bodyErr := s.Body(id)
	result, resultErr := s.Result(id)
	state, stateErr := s.Checkpoint(id)
	stone, stoneErr := s.Tombstone(id)
	all[rotKey(n)] = strings.Join([]string{string(found[:]), strconv.FormatBool(ok), rowText(e), string(body), string(result), string(state), fmt.Sprint(stone)}, "|")
	for _, err := range []error{err, bodyErr, resultErr, stateErr, stoneErr} {
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			keyErr = errors.Join(keyErr, err)
		}
	}
	return keyErr
}

// TestRot flips one bit after the other of a journal, as far as it has ever been
// written. Each time, it can't be opened, or who reads it is told, or all that it says
// is what it was.
func TestRot(t *testing.T) { testRot(t, rotJournal(t)) }

// TestRotLate does the same where tasks ended late.
func TestRotLate(t *testing.T) { testRot(t, rotLateJournal(t)) }

// TestRotLog does the same where a crash has left commits in the log alone. A flip in the
// last of them, and no other, may pass: it can't be told from a commit that was cut off.
func TestRotLog(t *testing.T) {
	path, last := rotLogJournal(t)
	r := newRotten(t, path)
	cut := slices.Clone(r.whole)
	clear(cut[last.from : last.from+last.size])
	r.write(cut)
	r.last, r.cut = last, readFile(r.path)
	if err := errors.Join(r.cut.err, r.cut.listErr); err != nil || maps.Equal(r.cut.all, r.want.all) {
		t.Fatalf("without the last commit the journal reads as before, %v", err)
	}
	r.run(rotLogPlaces(r.whole, last))
	if r.passed.Load() == 0 {
		t.Error("no flip was in the last commit")
	}
}

// rotLogJournal makes a journal whose log has the ends of tasks, as a crash leaves it: of all
// that are live but the last one, whose body is a file that would go with it. It returns the
// block of the last commit.
func rotLogJournal(t *testing.T) (path string, last region) {
	t.Helper()
	at := rotJournal(t)
	s := mustOpen(t, newSetup(Options{Log: 64 << 10, LogStep: 1000}), at)
	defer s.Close()
	var before []byte
	for n := 4; n < rotTasks-1; n += 5 {
		before = mustReadFile(t, at)
		if err := s.Commit([]journal.Record{benchLife(n)[3]}); err != nil {
			t.Fatal(err)
		}
	}
	after := mustReadFile(t, at)
	for from := 0; from < len(after); from += wal.BlockBytes {
		if !bytes.Equal(before[from:from+wal.BlockBytes], after[from:from+wal.BlockBytes]) {
			last = region{int64(from), wal.BlockBytes}
		}
	}
	path = filepath.Join(inMemory(t), "bcp.db")
	err := errors.Join(os.WriteFile(path, after, 0o600), os.CopyFS(BlobFolder(path), os.DirFS(BlobFolder(at))))
	if err != nil {
		t.Fatal(err)
	}
	return path, last
}

func mustReadFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// rotLogPlaces are the bytes that are flipped: with -rot.all each one of a block that was
// ever written, else some, more of those that tell where the log and its entries are, and
// still more of the last one.
func rotLogPlaces(whole []byte, last region) (places []int) {
	random := rand.New(rand.NewPCG(2, 0))
	for from := 0; from < len(whole); from += wal.BlockBytes {
		block := whole[from:][:wal.BlockBytes]
		if len(written(block)) == 0 {
			continue
		}
		_, entry := wal.ReadHeader(block)
		leads := entry || bytes.Contains(block, keyRegion) || bytes.Contains(block, keyLog)
		oneOf := 20
		if int64(from) == last.from {
			oneOf = 4
		}
		for at := range block {
			if *rotAll || leads && (bytes.HasPrefix(block[at:], keyLog) || at < 64 && random.IntN(oneOf) == 0) || random.IntN(2500) == 0 {
				places = append(places, from+at)
			}
		}
	}
	return places
}

func testRot(t *testing.T, path string) {
	t.Helper()
	r := newRotten(t, path)
	r.free = freePages(t, path)
	r.run(rotPlaces(r.end()))
}

// newRotten reads a journal that is whole, in a copy, for to read it may change it.
func newRotten(t *testing.T, path string) *rotten {
	t.Helper()
	r := &rotten{T: t, whole: mustReadFile(t, path)}
	r.copyFrom(path)
	r.want = readFile(r.path)
	if err := errors.Join(r.want.err, r.want.listErr); err != nil {
		t.Fatal(err)
	}
	return r
}

// run flips a bit in each of these bytes.
func (r *rotten) run(places []int) {
	r.Helper()
	var copies sync.WaitGroup
	for i := range runtime.GOMAXPROCS(0) {
		c := &rotten{T: r.T, whole: slices.Clone(r.whole), want: r.want, free: r.free, last: r.last, cut: r.cut}
		c.copyFrom(r.path)
		copies.Go(func() {
			for n := i; n < len(places); n += runtime.GOMAXPROCS(0) {
				if c.flip(places[n], byte(1)<<((n+n/8)%8)) {
					r.found.Add(1)
				}
			}
			r.passed.Add(c.passed.Load())
		})
	}
	copies.Wait()
	r.Logf("%d bytes of %d were flipped, %d were found", len(places), r.end(), r.found.Load())
	if r.found.Load() == 0 {
		r.Error("no flip was found")
	}
}

// rotten is a copy of a journal in which bits are flipped.
type rotten struct {
	*testing.T
	path  string
	whole []byte
	want  reading
	free  map[int]bool // pages that nothing leads to

	last region  // of the last commit in the log, if that has any
	cut  reading // without that

	found, passed atomic.Int64 // flips: that were found; that were in the last commit and were not
}

// end is up to where the file has ever been written.
func (r *rotten) end() int { return len(written(r.whole)) }

func (r *rotten) copyFrom(path string) {
	r.path = filepath.Join(inMemory(r), "bcp.db")
	r.write(r.whole)
	if err := os.CopyFS(BlobFolder(r.path), os.DirFS(BlobFolder(path))); err != nil {
		r.Fatal(err)
	}
}

// write writes the file anew.
func (r *rotten) write(whole []byte) {
	if err := errors.Join(os.WriteFile(r.path, written(whole), 0o600), os.Truncate(r.path, int64(len(whole)))); err != nil {
		r.Error(err)
	}
}

// rotOpen is of how many bytes one is flipped in the file in any case. Of the others what
// an opening finds is looked for in memory, which is quicker; and if it finds nothing,
// those of free pages are left at that.
const rotOpen = 7

// flip tells whether a flip is found; if not, all has to read as it was.
func (r *rotten) flip(at int, bit byte) (found bool) {
	r.whole[at] ^= bit
	defer func() { r.whole[at] ^= bit }()
	if at%rotOpen != 0 {
		if inspectBytes(r.whole) != nil {
			return true
		}
		if r.free[at/4096] {
			return false
		}
	}
	if r.last.size > 0 {
		r.write(r.whole)
	} else {
		overwriteAt(r.T, r.path, at, r.whole[at])
		defer overwriteAt(r.T, r.path, at, r.whole[at]^bit)
	}
	got := r.read()
	if r.inLast(at) && got.err == nil && maps.Equal(got.all, r.cut.all) && maps.Equal(got.list, r.cut.list) {
		r.passed.Add(1)
		return false
	}
	if got.listErr == nil && !maps.Equal(got.list, r.want.list) || got.err == nil && !maps.Equal(got.all, r.want.all) {
		r.Errorf("byte %d of %d flipped by %#x (page %d, byte %d): the journal reads as another one and nothing tells: %s %s",
			at, len(r.whole), bit, at/4096, at%4096, difference(got.all, r.want.all), difference(got.list, r.want.list))
	}
	return got.err != nil || got.listErr != nil
}

// read reads the journal. An opening that writes what is in the log may bring a wrong entry to
// where it is in nobody's way: then one of the two readings tells.
func (r *rotten) read() reading {
	got := readFile(r.path)
	if r.last.size > 0 {
		got.err = errors.Join(got.err, got.listErr)
		got.listErr = got.err
	}
	return got
}

func (r *rotten) inLast(at int) bool {
	return int64(at) >= r.last.from && int64(at) < r.last.from+r.last.size
}

// freePages returns the pages of a journal that nothing leads to, as bbolt lists them.
func freePages(t *testing.T, path string) map[int]bool {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		t.Fatal(err)
	}
	free := map[int]bool{}
	err = db.View(func(tx *bbolt.Tx) error {
		for id := 0; ; id++ {
			info, err := tx.Page(id)
			if err != nil || info == nil {
				return err
			}
			free[id] = info.Type == "free"
		}
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return free
}

// reading is what a journal says, and whether it tells of damage.
type reading struct {
	all, list    map[string]string
	err, listErr error
}

// readFile reads all of a journal.
func readFile(path string) (r reading) {
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		return reading{err: err, listErr: err}
	}
	defer s.Close()
	r.all, r.err = readEach(s)
	r.list, r.listErr = scanWhole(s)
	return r
}

// rotPlaces are the bytes that are flipped: with -rot.all each one, else some, among
// them many at the heads of pages.
func rotPlaces(size int) (places []int) {
	if *rotAll {
		for at := range size {
			places = append(places, at)
		}
		return places
	}
	random := rand.New(rand.NewPCG(1, 0))
	for range 150 {
		at := random.IntN(size)
		places = append(places, at, at/4096*4096+random.IntN(16), at/4096*4096+random.IntN(400))
	}
	return places
}

func mustRead(t *testing.T, path string, read func(*Store) (map[string]string, error)) map[string]string {
	t.Helper()
	all, err := openAndRead(path, read)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func openAndRead(path string, read func(*Store) (map[string]string, error)) (map[string]string, error) {
	s, err := OpenReadOnly(path, Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return read(s)
}

func overwriteAt(t *testing.T, path string, at int, b byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte{b}, int64(at))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// difference names what is not the same.
func difference(got, want map[string]string) []string {
	var names []string
	for name, text := range want {
		if got[name] != text {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
