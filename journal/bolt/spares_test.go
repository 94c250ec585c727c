package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bcp/journal"
)

// letGo stages a payload that nothing will refer to, and lets go of it.
func letGo(t *testing.T, s *Store, payload []byte) journal.Blob {
	t.Helper()
	b := mustStage(t, s, payload)
	s.Discard(b)
	s.blobs.removing.Wait()
	return b
}

func mustStage(t *testing.T, s *Store, payload []byte) journal.Blob {
	t.Helper()
	b, err := s.Stage(payload)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// spareFiles lists the files that wait to be written over.
func spareFiles(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(BlobFolder(path), "*"+spareSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// The file of a payload that is gone is written over by shorter ones and by longer ones,
// and is theirs alone.
func TestSpareIsWrittenOver(t *testing.T) {
	s, path := openNew(t, plain)
	letGo(t, s, blobPayload(1))
	file, err := os.Stat(spareFiles(t, path)[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{200, 1, 3000} {
		payload := bytes.Repeat([]byte{byte(n)}, 1000*n)
		b := mustStage(t, s, payload)
		now, err := os.Stat(s.blobs.path(b.ID))
		if err != nil || !os.SameFile(file, now) || len(spareFiles(t, path)) > 0 {
			t.Errorf("%d bytes are not in the file that was kept: %v, kept %v", len(payload), err, spareFiles(t, path))
		}
		if got, err := s.blobs.read(b); err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes are read as %d: %v", len(payload), len(got), err)
		}
		s.Discard(b)
		s.blobs.removing.Wait()
	}
}

// What a backup has is not written over.
func TestSpareOfABackup(t *testing.T) {
	s, path := openNew(t, plain)
	b := mustStage(t, s, blobPayload(1))
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.Link(s.blobs.path(b.ID), copied); err != nil {
		t.Fatal(err)
	}
	s.Discard(b)
	s.blobs.removing.Wait()
	mustStage(t, s, blobPayload(2))
	info, err := os.Stat(copied)
	if err != nil || !isWholeBlob(copied, b.ID, info.Size()) || len(spareFiles(t, path)) > 0 {
		t.Errorf("copy: %v; kept: %v", err, spareFiles(t, path))
	}
}

// Only so much is kept, and nothing where the disk has little left.
func TestSparesAreBounded(t *testing.T) {
	folder := t.TempDir()
	file := func(name string, size int64) string {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var p spares
	if !p.keep(file("a", spareBytes/2)) || p.keep(file("b", spareBytes)) || !p.keep(file("c", spareBytes/2)) || p.keep(file("d", 1)) {
		t.Errorf("kept are %v, of %d bytes", p.files, p.bytes)
	}
	p.drop()
	for n := range sparesMax + 1 {
		if kept := p.keep(file(fmt.Sprint(n), 1)); kept != (n < sparesMax) {
			t.Fatalf("the file with number %d is kept: %v", n, kept)
		}
	}
	p.room = math.MaxInt64
	p.fit(math.MaxInt64)
	if len(p.files) != sparesMax {
		t.Errorf("%d are kept", len(p.files))
	}
	p.fit(math.MaxInt64 - 1)
	if p.keep(file("e", 1)) || len(p.files) > 0 || p.bytes != 0 {
		t.Errorf("kept on a full disk: %v, of %d bytes", p.files, p.bytes)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*"+spareSuffix)); len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

// They go when the disk has little left, also where no reserve is asked for.
func TestSparesGoWithoutAReserve(t *testing.T) {
	s, path := openNew(t, plain)
	letGo(t, s, blobPayload(1))
	room, err := s.Room()
	if kept := spareFiles(t, path); err != nil || room != (journal.Room{}) || len(kept) != 1 {
		t.Fatalf("with room on the disk: kept are %v; %+v, %v", kept, room, err)
	}
	s.blobs.spares.room = math.MaxInt64
	room, err = s.Room()
	if kept := spareFiles(t, path); err != nil || room != (journal.Room{}) || len(kept) != 0 {
		t.Errorf("on a full disk: kept are %v; %+v, %v", kept, room, err)
	}
}

// The file that fits best is taken: a large one is not cut short if there is another.
func TestSpareThatFitsBest(t *testing.T) {
	p := spares{files: []spare{{"a", 10}, {"b", 40}, {"c", 20}, {"d", 30}}, bytes: 100}
	var order []string
	for _, size := range []int64{15, 5, 50, 7} {
		kept, there := p.take(size)
		if !there {
			t.Fatalf("none for %d", size)
		}
		order = append(order, kept.path)
	}
	if want := []string{"c", "a", "b", "d"}; !slices.Equal(order, want) || p.bytes != 0 {
		t.Errorf("taken are %v, want %v; %d bytes are left", order, want, p.bytes)
	}
	if _, there := p.take(1); there {
		t.Error("taken from none")
	}
}

// A clean end leaves none, and what another end leaves the next opening removes.
func TestSparesAreSwept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	letGo(t, s, blobPayload(1))
	left := spareFiles(t, path)
	if err := s.Close(); err != nil || len(left) != 1 || len(spareFiles(t, path)) != 0 {
		t.Fatalf("kept are %v, and after the end %v: %v", left, spareFiles(t, path), err)
	}
	if err := os.WriteFile(left[0], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if problems, notes := verify(t, path); len(problems) > 0 || len(notes) != 1 || !strings.Contains(notes[0], "waits to be written over") {
		t.Errorf("problems %q, notes %q", problems, notes)
	}
	s = mustOpen(t, plain, path)
	defer s.Close()
	if kept := spareFiles(t, path); len(kept) > 0 {
		t.Errorf("kept after an opening: %v", kept)
	}
}

// A kept file that has gone is no harm.
func TestSpareThatIsGone(t *testing.T) {
	s, path := openNew(t, plain)
	letGo(t, s, blobPayload(1))
	if err := os.Remove(spareFiles(t, path)[0]); err != nil {
		t.Fatal(err)
	}
	b := mustStage(t, s, blobPayload(2))
	if got, err := s.blobs.read(b); err != nil || !bytes.Equal(got, blobPayload(2)) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
}
