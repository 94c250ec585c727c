package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/wal"
	"bcp/migrations"
)

// logged has a log of so many bytes, and settles when the log is full, or a reader wants it.
func logged(bytes int64) setup { return newSetup(Options{Log: bytes, LogStep: 1 << 20}) }

// copyCrashed copies the files of a journal that is open: so a crash of its process leaves
// them at that moment.
func copyCrashed(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "bcp.db")
	err = os.WriteFile(to, written(content), 0o600)
	if err = errors.Join(err, os.Truncate(to, int64(len(content)))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(BlobFolder(path)); err == nil {
		if err := linkBlobs(systemDisk{}, BlobFolder(path), to); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// written returns a file's content up to where it was ever written. Most of a file was not:
// byte by byte that takes long with the race detector.
func written(content []byte) []byte {
	nothing := make([]byte, 4096)
	for bytes.HasSuffix(content, nothing) {
		content = content[:len(content)-len(nothing)]
	}
	return bytes.TrimRight(content, "\x00")
}

// mustCommit commits records in one batch.
func mustCommit(t testing.TB, s journal.Store, records ...journal.Record) {
	t.Helper()
	if err := s.Commit(records); err != nil {
		t.Fatal(err)
	}
}

// behindIn returns what the log of a file has and its tables lack, and where the log is.
func behindIn(t testing.TB, path string) (behind, region) {
	t.Helper()
	a, err := openAtRest(path, Options{}, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	value, there, err := a.image.get(bucketLog, keyRegion)
	if err != nil || !there {
		return a.log, region{}
	}
	return a.log, regionOf(a.image.buckets[migrations.Log].Root(), a.image.file.PageSize, len(value))
}

// checkSettled tells whether a file's tables have everything.
func checkSettled(t testing.TB, path string) {
	t.Helper()
	if b, _ := behindIn(t, path); b.entries > 0 {
		t.Errorf("%s: %d commits are in the log alone", path, b.entries)
	}
}

// withBatches opens a journal with a log, in which so many batches of crash tests are.
func withBatches(t testing.TB, o setup, batches int) (s *Store, path string) {
	t.Helper()
	s, path = openNew(t, o)
	for n := range batches {
		mustCommit(t, s, crashBatch(n+1)...)
	}
	return s, path
}

// leftInLog is a journal as a crash leaves it: so many batches, of which its log has the
// last.
func leftInLog(t testing.TB, batches int) (path string) {
	t.Helper()
	s, path := withBatches(t, logged(1<<20), batches-2)
	s.Meta()
	mustCommit(t, s, crashBatch(batches-1)...)
	mustCommit(t, s, crashBatch(batches)...)
	path = copyCrashed(t, path)
	if b, _ := behindIn(t, path); b.entries != 2 {
		t.Fatalf("%d commits are in the log alone", b.entries)
	}
	return path
}

// After a crash everything is there that was committed, in the order of commits: to the log
// or, as it is too large or the log is full, to the tables. Whoever opens the journal then has
// a log of that size, of another or none.
func TestLogAfterCrash(t *testing.T) {
	for name, o := range map[string]setup{
		"much fits": logged(1 << 20), "little fits": logged(64 << 10), "a few are settled": newSetup(Options{Log: 1 << 20, LogStep: 30}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, most := filepath.Join(t.TempDir(), "bcp.db"), 0
			s := mustOpen(t, o, path)
			defer s.Close()
			for n := 1; n <= 22; n++ {
				mustCommit(t, s, crashBatch(n)...)
				left := copyCrashed(t, path)
				b, _ := behindIn(t, left)
				most = max(most, b.entries)
				next := []setup{o, plain, logged(8 << 10), logged(2 << 20)}[n%4]
				again := mustOpen(t, next, left)
				checkBatches(t, again, n)
				mustCommit(t, again, crashBatch(n+1)...)
				checkBatches(t, again, n+1)
				if err := again.Close(); err != nil {
					t.Fatal(err)
				}
				checkSettled(t, left)
				checkFile(t, left)
				checkWhole(t, left)
			}
			if most < 2 {
				t.Errorf("at most %d commits were in the log alone", most)
			}
		})
	}
}

// A setting that was taken away doesn't come back, and one that is large goes with the rest.
func TestLogHasSettings(t *testing.T) {
	t.Parallel()
	s, path := openNew(t, logged(1<<20))
	set := func(name, value string, gone bool) journal.Record {
		return journal.Record{Kind: journal.KindSetting, By: "operator", Time: 1, Setting: &journal.Setting{Name: name, Value: value, Gone: gone}}
	}
	mustCommit(t, s, set("a", "1", false), set("b", "2", false))
	s.Meta()
	mustCommit(t, s, set("a", "", true), set("b", "", false), set("c", strings.Repeat("c", 20_000), false))
	again := mustOpen(t, plain, copyCrashed(t, path))
	defer again.Close()
	var names []string
	err := again.Settings(func(r journal.Record) error { names = append(names, r.Setting.Name); return nil })
	if err != nil || !slices.Equal(names, []string{"b", "c"}) {
		t.Errorf("settings %q, %v", names, err)
	}
}

// Large payloads that the log alone refers to are there after a crash, and only they.
func TestLogHasBlobs(t *testing.T) {
	t.Parallel()
	s, path := openNew(t, logged(1<<20))
	one, two := benchLife(1), benchLife(2)
	one[0].Payload, one[0].Blob = nil, mustStage(t, s, blobPayload(1))
	two[0].Payload, two[0].Blob = nil, mustStage(t, s, blobPayload(2))
	two[3].Payload, two[3].Blob = nil, mustStage(t, s, blobPayload(3))
	mustStage(t, s, blobPayload(4))
	mustCommit(t, s, one[:2]...)
	mustCommit(t, s, two[:]...)
	left := copyCrashed(t, path)
	if _, notes := verify(t, left); len(notes) != 2 { // on the log, and the file that nothing refers to
		t.Errorf("notes %q", notes)
	}
	for range 2 {
		again := mustOpen(t, logged(1<<20), left)
		body, err := again.Body(benchID(1))
		result, resultErr := again.Result(benchID(2))
		if !bytes.Equal(body, blobPayload(1)) || !bytes.Equal(result, blobPayload(3)) || errors.Join(err, resultErr) != nil {
			t.Errorf("%d bytes, %v; %d bytes, %v", len(body), err, len(result), resultErr)
		}
		if err := again.Close(); err != nil || len(blobFiles(t, left)) != 2 {
			t.Errorf("%v, files %q", err, blobFiles(t, left))
		}
	}
}

// openings keeps what the file has whenever something of it is made durable.
type openings struct {
	systemDisk
	t    *testing.T
	path string
	left []string
}

func (d *openings) keep() { d.left = append(d.left, copyCrashed(d.t, d.path)) }

func (d *openings) Sync(f *os.File) error {
	d.keep()
	return d.systemDisk.Sync(f)
}

func (d *openings) Transacted(string, bool) { d.keep() }

// An opening that is cut off at any place is done again by the next one: what is in the log
// comes into the tables once.
func TestRecoverCutOff(t *testing.T) {
	t.Parallel()
	const batches = 4
	path := leftInLog(t, batches)
	for range 2 { // an opening, and one after one that was cut off
		o := logged(1 << 20)
		d := &openings{t: t, path: path}
		o.Disk = d
		if err := mustOpen(t, o, path).Close(); err != nil {
			t.Fatal(err)
		}
		if len(d.left) < 3 {
			t.Fatalf("an opening has %d places", len(d.left))
		}
		for _, left := range d.left {
			again := mustOpen(t, plain, copyCrashed(t, left))
			checkBatches(t, again, batches)
			again.Close()
		}
		path = d.left[0] // before anything came into the tables
	}
}

// A journal of schema 2, which has no log, gets one; and its backup has none.
func TestLogOfSchema2(t *testing.T) {
	t.Parallel()
	const before = 2
	path := crashed(t, 3)
	edit(t, path, func(tx *bbolt.Tx) error {
		sums, err := migrations.ReadSums(tx)
		return errors.Join(err, tx.DeleteBucket(bucketLog), migrations.SetSchema(tx, before), sums.Write(tx, before))
	})
	if _, err := OpenReadOnly(path, Options{}); err == nil || !strings.Contains(err.Error(), "schema 2") {
		t.Errorf("it is opened for reading: %v", err)
	}
	s := mustOpen(t, logged(1<<20), path)
	defer s.Close()
	checkBatches(t, s, 3)
	mustCommit(t, s, crashBatch(4)...)
	left := copyCrashed(t, path)
	if b, _ := behindIn(t, left); b.entries != 1 {
		t.Errorf("%d commits are in the log", b.entries)
	}
	again := mustOpen(t, plain, left)
	checkBatches(t, again, 4)
	again.Close()
	older := newSetup(Options{})
	older.migrations = older.migrations[:len(older.migrations)-1]
	if _, err := older.open(left); !errors.Is(err, journal.ErrNewer) {
		t.Errorf("an older program opens it: %v", err)
	}
	backup := migrations.BackupPath(path, before)
	checkFile(t, backup)
	restored := mustOpen(t, plain, backup)
	defer restored.Close()
	checkBatches(t, restored, 3)
}

// A close leaves nothing in the log alone.
func TestCloseSettles(t *testing.T) {
	t.Parallel()
	for _, o := range []setup{logged(1 << 20), newSetup(Options{Log: 1 << 20})} {
		s, path := withBatches(t, o, 4)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		checkSettled(t, path)
		checkWhole(t, path)
		again := mustOpen(t, plain, path)
		checkBatches(t, again, 4)
		again.Close()
	}
}

// A close says that there is nothing in the log, so that nobody reads what is there; the next
// opening takes that back before it writes to it.
func TestCloseEndsTheLog(t *testing.T) {
	t.Parallel()
	s, path := withBatches(t, logged(1<<20), 4)
	mark, last := s.ahead.last.Mark, s.ahead.last.Seq
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, r := behindIn(t, path)
	if err := s.Close(); err != nil {
		t.Errorf("once more: %v", err)
	}
	writeEntry(t, path, r.from, wal.ID{Mark: mark, Seq: last + 2}) // after one that is missing
	for what, open := range openers {
		if s, err := open(copyCrashed(t, path), Options{}); err != nil {
			t.Errorf("%s: %v", what, err)
		} else {
			checkBatches(t, s, 4)
			s.Close()
		}
	}
	checkWhole(t, path)
	again := mustOpen(t, logged(1<<20), path)
	defer again.Close()
	mustCommit(t, again, crashBatch(5)...)
	if b, _ := behindIn(t, copyCrashed(t, path)); b.entries != 1 {
		t.Errorf("%d commits are in the log alone", b.entries)
	}
}

// writeEntry writes an entry without content into a file.
func writeEntry(t *testing.T, path string, at int64, id wal.ID) {
	t.Helper()
	entry := wal.Begin(nil)
	wal.Seal(entry, id)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err == nil {
		_, err = f.WriteAt(entry, at)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Wherever a close, or the opening after it with its first commit, is cut off: what was
// committed is there.
func TestCloseCutOff(t *testing.T) {
	t.Parallel()
	const batches = 4
	path := leftInLog(t, batches)
	d := &openings{t: t, path: path}
	o := logged(1 << 20)
	o.Disk = d
	s := mustOpen(t, o, path)
	mustCommit(t, s, crashBatch(batches+1)...)
	d.left = nil
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closing := len(d.left)
	s = mustOpen(t, o, path)
	mustCommit(t, s, crashBatch(batches+2)...)
	last := copyCrashed(t, path)
	s.Close()
	if closing < 2 || len(d.left) < closing+3 {
		t.Fatalf("a close has %d places, and an opening with a commit %d", closing, len(d.left)-closing)
	}
	for _, left := range d.left {
		again := mustOpen(t, plain, left)
		checkBatches(t, again, batches+1)
		again.Close()
	}
	again := mustOpen(t, plain, last)
	defer again.Close()
	checkBatches(t, again, batches+2)
}

// A close that finds the disk full has nothing to lose, and writes no more: the next opening
// reads the log.
func TestCloseOnAFullDisk(t *testing.T) {
	t.Parallel()
	s, path := withBatches(t, logged(1<<20), 4)
	s.freePagesMax = 0
	if err := s.settle(); err != nil || !s.db.NoFreelistSync {
		t.Fatalf("%v; the list of free pages is left for the close: %v", err, s.db.NoFreelistSync)
	}
	fillDisk(t, s.file)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.failure(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("what came of it: %v", err)
	}
	again := mustOpen(t, plain, path)
	defer again.Close()
	checkBatches(t, again, 4)
}

// What is committed beside a close, which nobody should do, is not lost: the log is not ended
// while it has something, and has no room then.
func TestCommitBesideClose(t *testing.T) {
	t.Parallel()
	s, path := withBatches(t, logged(1<<20), 3)
	for n := 4; n <= 5; n++ {
		if err := s.endLog(); err != nil {
			t.Fatal(err)
		}
		if b, _ := behindIn(t, copyCrashed(t, path)); b.entries != n-1 {
			t.Fatalf("%d commits are in the log alone", b.entries)
		}
		mustCommit(t, s, crashBatch(n)...)
	}
	if err := errors.Join(s.settle(), s.endLog()); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, crashBatch(6)...)
	again := mustOpen(t, plain, copyCrashed(t, path))
	defer again.Close()
	checkBatches(t, again, 6)
}

// A log is a part of a small disk, and none is made on one that is nearly full.
func TestLogOfSmallDisk(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, c := range []struct{ size, free, asked, want int64 }{
		{1000 * mb, 500 * mb, 8 * mb, 8 * mb},
		{64 * mb, 64 * mb, 8 * mb, mb},
		{1000 * mb, 32 * mb, 8 * mb, 8 * mb},
		{1000 * mb, 32*mb - 1, 8 * mb, 0},
		{mb / 4, mb, 8 * mb, 0},
		{0, 0, 8 * mb, 0},
		{1000 * mb, 500 * mb, wal.MinBytes - 1, 0},
		{1000 * mb, 500 * mb, wal.MinBytes, wal.MinBytes},
	} {
		if got := (disk{size: c.size, free: c.free}).log(c.asked); got != c.want {
			t.Errorf("a log of %d bytes on a disk of %d, of which %d are free: %d", c.asked, c.size, c.free, got)
		}
	}
}

// A log stays as large as it was made, and where it is.
func TestLogStays(t *testing.T) {
	t.Parallel()
	s, path := withBatches(t, logged(128<<10), 3)
	s.Close()
	_, first := behindIn(t, path)
	for _, size := range []int64{8 << 10, 1 << 20, 0, 128 << 10} {
		s := mustOpen(t, logged(size), path)
		if (s.ahead == nil) != (size == 0) {
			t.Errorf("asked for %d bytes the store has a log: %v", size, s.ahead != nil)
		}
		s.Close()
		if _, now := behindIn(t, path); now != first {
			t.Errorf("asked for %d bytes it is %+v, and was %+v", size, now, first)
		}
	}
	if first.from%wal.BlockBytes != 0 || first.size < 128<<10 {
		t.Errorf("it is %+v", first)
	}
}
