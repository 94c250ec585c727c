package power_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/journal/bolt/power"
)

const (
	lives    = 30
	steps    = 60
	cutEvery = 6 // in one of so many steps the power is cut

	logBytes   = 64 << 10
	logStepMax = 20
)

// TestCuts: what was acknowledged is there after every cut, and what was under way is
// there as a whole or not at all.
func TestCuts(t *testing.T) {
	lost := map[string]int{}
	for seed := range uint64(lives) {
		d, err := live(t, seed, power.Lies{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for kind, n := range d.Lost() {
			lost[kind] += n
		}
	}
	for _, kind := range []string{"a meta page", "pages of a transaction", "a new name", "a part of a file", "a removal"} {
		if lost[kind] == 0 {
			t.Errorf("%s was never lost", kind)
		}
	}
}

// TestLies: a disk that doesn't do what it says is found out.
func TestLies(t *testing.T) {
	for name, lies := range map[string]power.Lies{
		"meta": {Meta: true}, "order": {Order: true}, "files": {Files: true}, "folders": {Folders: true}, "log": {Log: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(lives) {
				if _, err := live(t, seed, lies); err != nil {
					t.Logf("seed %d: %v", seed, err)
					return
				}
			}
			t.Errorf("not found in %d lives", lives)
		})
	}
}

// shop is a journal of tasks that each have a body, until they end.
type shop struct {
	disk  *power.Disk
	rand  *rand.Rand
	path  string
	store *bolt.Store
	log   bolt.Options // in every other life there is one
	live  map[int]int  // size of its body, by the number of the task
	ended int
	count int
	small bool // no body is in a file of its own
}

// newShop makes a shop without a journal yet, in a folder of its own.
func newShop(t *testing.T, seed uint64) *shop {
	t.Helper()
	root, err := power.Folder()
	if err != nil {
		t.Fatal(err)
	}
	return &shop{
		disk: power.New(root, rand.NewPCG(seed, 1)), rand: rand.New(rand.NewPCG(seed, 2)),
		path: filepath.Join(root, "bcp.db"), live: map[int]int{},
	}
}

// remove removes its folder.
func (s *shop) remove() { os.RemoveAll(filepath.Dir(s.path)) }

// live lives one life of a journal, and tells what is wrong with it after a cut.
func live(t *testing.T, seed uint64, lies power.Lies) (*power.Disk, error) {
	t.Helper()
	s := newShop(t, seed)
	defer s.remove()
	s.disk.Lies = lies
	if seed%2 == 0 {
		s.log = bolt.Options{Log: logBytes, LogStep: 1 + s.rand.IntN(logStepMax)}
	}
	if err := s.open(); err != nil {
		return s.disk, err
	}
	defer func() { s.close() }()
	for range steps {
		if err := s.step(); err != nil {
			return s.disk, err
		}
	}
	return s.disk, nil
}

// close closes the journal, unless it couldn't be opened.
func (s *shop) close() {
	if s.store != nil {
		s.store.Close() // what is wrong with it is told already
	}
}

func (s *shop) open() (err error) {
	s.store, err = bolt.Open(s.path, bolt.Options{Disk: s.disk, Log: s.log.Log, LogStep: s.log.LogStep})
	return err
}

// step begins a task and ends another, and lets the power be cut meanwhile or not.
func (s *shop) step() error {
	cut := s.rand.IntN(cutEvery) == 0
	if cut {
		s.disk.Arm(s.rand.IntN(6))
	}
	s.count++
	size, ended := 1+s.rand.IntN(20_000), s.oldest()
	err := s.commit(s.count, size, ended)
	if err != nil || !cut {
		s.book(s.count, size, ended)
		return err
	}
	s.disk.Cut()
	if err := errors.Join(s.store.Close(), s.disk.Restore(), s.open()); err != nil {
		return err
	}
	if _, err := s.store.Get(idOf(s.count)); err == nil {
		s.book(s.count, size, ended)
	}
	return s.check()
}

func (s *shop) book(n, size, ended int) {
	s.live[n] = size
	if ended > 0 {
		delete(s.live, ended)
		s.ended++
	}
}

// oldest returns the first task that has not ended, now and then, and else 0.
func (s *shop) oldest() (first int) {
	if s.rand.IntN(3) == 0 {
		return 0
	}
	for n := range s.live {
		if first == 0 || n < first {
			first = n
		}
	}
	return first
}

func (s *shop) commit(n, size, ended int) error {
	submit := journal.Record{
		Task: idOf(n), Kind: journal.KindSubmit, Time: int64(n), Payload: bodyOf(n, size),
		Spec: &journal.Spec{Client: "c", Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}},
	}
	if size%2 == 0 {
		blob, err := s.store.Stage(submit.Payload)
		if err != nil {
			return err
		}
		submit.Payload, submit.Blob = nil, blob
	}
	records := []journal.Record{submit}
	if ended > 0 {
		records = append(records, journal.Record{Task: idOf(ended), Kind: journal.KindEnd, Time: int64(n), State: journal.Canceled, Reason: journal.ReasonCanceled, By: "c"})
	}
	return s.store.Commit(records)
}

// check looks for all that has to be there.
func (s *shop) check() error {
	for n := 1; n <= s.count; n++ {
		size, live := s.live[n]
		if !live {
			continue
		}
		if body, err := s.store.Body(idOf(n)); err != nil || !bytes.Equal(body, bodyOf(n, size)) {
			return fmt.Errorf("task %d has a body of %d bytes and not %d: %w", n, len(body), size, err)
		}
	}
	if got := s.store.Meta().Ended; got != uint64(s.ended) {
		return fmt.Errorf("%d tasks have ended, not %d", got, s.ended)
	}
	return nil
}

func idOf(n int) (id journal.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func bodyOf(n, size int) []byte { return bytes.Repeat([]byte{byte(n)}, size) }

// killed is a disk of a process that is killed whenever it is about to sync a folder.
type killed struct{ *power.Disk }

func (killed) SyncFolder(string) error { return nil }

// TestNameOfWhoWasKilled: who has given a journal its name was killed before that was durable. What
// is committed to the journal by the next process outlives a cut all the same.
func TestNameOfWhoWasKilled(t *testing.T) {
	for seed := range uint64(8) {
		s := newShop(t, seed)
		defer s.remove()
		d := s.disk
		s.book(1, 101, 0)
		s.count = 1
		var err error
		if s.store, err = bolt.Open(s.path, bolt.Options{Disk: killed{d}}); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.store.Close(), s.open(), s.commit(1, 101, 0)); err != nil {
			t.Fatal(err)
		}
		d.Cut()
		if err := errors.Join(s.store.Close(), d.Restore(), s.open(), s.check(), s.store.Close()); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// forgetful is a disk that was told of by a sync which failed: no later one writes what that has not
// written, unless it is written into the file again.
type forgetful struct {
	*power.Disk
	written bool
}

func (d *forgetful) WriteAt(f *os.File, content []byte, at int64) (int, error) {
	d.written = true
	return d.Disk.WriteAt(f, content, at)
}

func (d *forgetful) Sync(f *os.File) error {
	if !d.written {
		return nil
	}
	return d.Disk.Sync(f)
}

// TestMetaOfWhoWasKilled: whose last transaction has its meta page in the file, but not durably, was
// killed then, or told that the sync has failed. The next process sees the transaction. It writes over
// no page of the one before, which is what a cut leaves, until the meta page is durable.
func TestMetaOfWhoWasKilled(t *testing.T) {
	for seed := range uint64(60) {
		s := newShop(t, seed)
		defer s.remove()
		d := s.disk
		d.Lies.Meta = true
		err := s.open()
		for s.count = 1; s.count < 9 && err == nil; s.count++ {
			err = s.commit(s.count, 101, 0)
			s.book(s.count, 101, 0)
		}
		if err := errors.Join(err, s.commit(s.count, 101, 0), s.store.Close()); err != nil {
			t.Fatal(err)
		}
		d.Lies.Meta = false
		d.Arm(int(seed % 4))
		if s.store, err = bolt.Open(s.path, bolt.Options{Disk: &forgetful{Disk: d}}); err != nil {
			t.Fatal(err)
		}
		d.Cut()
		err = errors.Join(s.store.Close(), d.Restore(), s.open())
		if err == nil {
			err = errors.Join(s.check(), s.store.Close())
		}
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
