package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"bcp/journal"
	"bcp/journal/bolt"
)

// rotMax is how long a round reads one journal, each time with another byte of it
// wrong. In a long run it goes through all of them.
const rotMax = 2 * time.Second

// rotRound makes a small journal, and reads it again and again, each time with one
// byte changed: it reads as before, or is told to be damaged, and then a verification
// names something.
func rotRound(ctx context.Context, r *rig) error {
	load(ctx, r, 20, func(*ledger) {})
	if ctx.Err() != nil || len(r.tally.findings) > 0 {
		return nil
	}
	whole, err := os.ReadFile(r.db())
	if err != nil {
		return err
	}
	want, err := readJournal(r.db())
	if err != nil {
		return err
	}
	if !r.long {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, rotMax)
		defer cancel()
	}
	places := r.rand.Perm(len(bytes.TrimRight(whole, "\x00"))) // the rest was never written
	failed := make([]error, runtime.NumCPU())
	var all sync.WaitGroup
	for i := range failed {
		from, to := i*len(places)/len(failed), (i+1)*len(places)/len(failed)
		rot := &rotting{rig: r, whole: whole, want: want, rand: rand.New(rand.NewPCG(r.rand.Uint64(), 0))}
		all.Go(func() { failed[i] = rot.flipEach(ctx, i, places[from:to]) })
	}
	all.Wait()
	return errors.Join(failed...)
}

// rotting is a copy of a journal in which bytes are flipped.
type rotting struct {
	rig   *rig
	whole []byte
	want  map[journal.ID]string // what it says as a whole
	rand  *rand.Rand
	path  string
	file  *os.File
}

// flipEach flips a bit of each of the bytes in turn, in a copy of its own, until ctx is
// done.
func (r *rotting) flipEach(ctx context.Context, copy int, places []int) (err error) {
	r.path = filepath.Join(r.rig.dir, fmt.Sprintf("rot-%d.db", copy))
	if err := os.Symlink(bolt.BlobFolder(r.rig.db()), bolt.BlobFolder(r.path)); err != nil {
		return err
	}
	if r.file, err = os.Create(r.path); err != nil {
		return err
	}
	if _, err = r.file.Write(r.whole); err != nil {
		return errors.Join(err, r.file.Close())
	}
	for _, at := range places {
		if ctx.Err() != nil {
			break
		}
		if err := r.flip(at); err != nil {
			return errors.Join(err, r.file.Close())
		}
	}
	return r.file.Close()
}

// flip reads the journal with a bit of one byte wrong.
func (r *rotting) flip(at int) error {
	r.rig.fault()
	bit := byte(1) << r.rand.IntN(8)
	if _, err := r.file.WriteAt([]byte{r.whole[at] ^ bit}, int64(at)); err != nil {
		return err
	}
	got, err := readJournal(r.path)
	if err == nil {
		r.compare(at, bit, got)
	} else if !isNamed(r.path) {
		r.rig.find("byte %d flipped by %#x: who reads is told %v, and a verification finds nothing", at, bit, err)
	}
	_, err = r.file.WriteAt(r.whole[at:at+1], int64(at))
	return err
}

// isNamed tells whether a verification says what is wrong.
func isNamed(path string) bool {
	problems := 0
	_, err := bolt.VerifyFile(context.Background(), path, bolt.Options{}, func(journal.Problem) { problems++ }, nil)
	return err != nil || problems > 0
}

// compare tells what a damaged journal says that a whole one doesn't.
func (r *rotting) compare(at int, bit byte, got map[journal.ID]string) {
	for id, text := range got {
		if r.want[id] != text {
			r.rig.find("byte %d flipped by %#x: task %s reads as another", at, bit, id)
		}
	}
	if missing := len(r.want) - len(got); missing > 0 {
		r.rig.find("byte %d flipped by %#x: %d of %d tasks are missing, and nothing tells", at, bit, missing, len(r.want))
	}
}

// readJournal returns all that a journal says of each task, listed, by its ID and by
// its key.
func readJournal(path string) (map[journal.ID]string, error) {
	store, err := bolt.OpenReadOnly(path, bolt.Options{})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	all := map[journal.ID]string{}
	var entries []journal.Entry
	_, err = store.Scan(journal.Range{Live: true, Ended: true}, func(e journal.Entry) error {
		entries = append(entries, e)
		return nil
	})
	for i := range entries {
		var text string
		if err == nil {
			text, err = readOne(store, &entries[i])
		}
		all[entries[i].Task.ID] = text
	}
	return all, err
}

// readOne returns what a journal says of a task that it lists.
func readOne(store *bolt.Store, listed *journal.Entry) (string, error) {
	id := listed.Task.ID
	e, err := store.Get(id)
	result, resultErr := store.Result(id)
	known, _, keyErr := store.ByKey(listed.Task.Spec.Key)
	if errors.Is(resultErr, journal.ErrNotFound) && !listed.Task.State.Ended() {
		resultErr = nil
	}
	if err := errors.Join(err, resultErr, keyErr); err != nil {
		return "", err
	}
	records := make([]*journal.Record, len(e.Records))
	for i := range records {
		records[i] = &e.Records[i]
	}
	row, err := journal.AppendRow(nil, nil, records...)
	return string(row) + string(result) + known.String(), err
}
