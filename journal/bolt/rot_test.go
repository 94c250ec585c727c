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
	"slices"
	"testing"

	"bcp/journal"
)

var rotAll = flag.Bool("rot.all", false, "flip a bit of every byte of a journal in turn, and not only of some")

// rotTasks are the tasks of the journal that rots: some live, some ended, some
// forgotten.
const rotTasks = 60

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
	path := filepath.Join(t.TempDir(), "bcp.db")
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
	if _, err := s.Prune(keep, 100); err != nil {
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
	all := map[string]string{"meta": fmt.Sprintf("%x %v %d", s.Meta().Broker, s.Meta().Last, s.Meta().Ended)}
	err := s.Settings(func(r journal.Record) error {
		all["setting "+r.Setting.Name] = fmt.Sprint(r.Setting.Value, r.Time)
		return nil
	})
	scanned, scanErr := scanWhole(s)
	maps.Copy(all, scanned)
	err = errors.Join(err, scanErr)
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
			all[fmt.Sprint("scan ", descending, e.Task.ID)] = rowText(e)
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
	return fmt.Sprintf("%x %v", row, err)
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
	all[fmt.Sprint("task ", n)] = fmt.Sprintf("%v %v %s %x %x %x %+v", found, ok, rowText(e), body, result, state, stone)
	for _, err := range []error{err, bodyErr, resultErr, stateErr, stoneErr} {
		if err != nil && !errors.Is(err, journal.ErrNotFound) {
			keyErr = errors.Join(keyErr, err)
		}
	}
	return keyErr
}

// TestRot flips one bit after the other of a journal, as far as it has ever been
// written. Each time, it can't be opened,
// or who reads it is told, or all that it says is what it was.
func TestRot(t *testing.T) { testRot(t, rotJournal(t)) }

// TestRotLate does the same where tasks ended late.
func TestRotLate(t *testing.T) { testRot(t, rotLateJournal(t)) }

func testRot(t *testing.T, path string) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, wantList := mustRead(t, path, readWhole), mustRead(t, path, scanWhole)
	found := 0
	places := rotPlaces(len(bytes.TrimRight(whole, "\x00")))
	for n, at := range places {
		flip := byte(1) << ((n + n/8) % 8)
		overwriteAt(t, path, at, whole[at]^flip)
		got, err := openAndRead(path, readWhole)
		list, listErr := openAndRead(path, scanWhole)
		if err != nil {
			found++
		}
		if listErr == nil && !maps.Equal(list, wantList) || err == nil && !maps.Equal(got, want) {
			t.Errorf("byte %d of %d flipped by %#x (page %d, byte %d): the journal reads as another one and nothing tells: %s %s",
				at, len(whole), flip, at/4096, at%4096, difference(got, want), difference(list, wantList))
		}
		overwriteAt(t, path, at, whole[at])
	}
	t.Logf("%d bytes were flipped, %d were found", len(places), found)
	if found == 0 {
		t.Error("no flip was found")
	}
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
