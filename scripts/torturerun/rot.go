package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"time"

	"bcp/journal"
	"bcp/journal/bolt"
)

// rotMax is how long a round reads one journal, each time with another byte of it
// wrong.
const rotMax = 2 * time.Second

// rotRound makes a small journal, and reads it again and again, each time with one
// byte changed: it reads as before, or is told to be damaged, and then a verification
// names something.
func rotRound(ctx context.Context, r *rig) error {
	load(ctx, r, 20)
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
	f, err := os.OpenFile(r.db(), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	used := len(bytes.TrimRight(whole, "\x00")) // the rest was never written
	began := time.Now()
	for _, at := range r.rand.Perm(used) {
		if ctx.Err() != nil || time.Since(began) > rotMax {
			break
		}
		if err := r.flip(f, whole, at, want); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

// flip reads the journal with a bit of one byte wrong.
func (r *rig) flip(f *os.File, whole []byte, at int, want map[journal.ID]string) error {
	r.fault()
	bit := byte(1) << r.rand.IntN(8)
	if _, err := f.WriteAt([]byte{whole[at] ^ bit}, int64(at)); err != nil {
		return err
	}
	got, err := readJournal(r.db())
	if err == nil {
		r.compare(at, bit, got, want)
	} else if !isNamed(r.db()) {
		r.find("byte %d flipped by %#x: who reads is told %v, and a verification finds nothing", at, bit, err)
	}
	_, err = f.WriteAt(whole[at:at+1], int64(at))
	return err
}

// isNamed tells whether a verification says what is wrong.
func isNamed(path string) bool {
	problems := 0
	_, err := bolt.VerifyFile(context.Background(), path, bolt.Options{}, func(journal.Problem) { problems++ }, nil)
	return err != nil || problems > 0
}

// compare tells what a damaged journal says that a whole one doesn't.
func (r *rig) compare(at int, bit byte, got, want map[journal.ID]string) {
	for id, text := range got {
		if want[id] != text {
			r.find("byte %d flipped by %#x: task %s reads as another", at, bit, id)
		}
	}
	if len(got) < len(want) {
		r.find("byte %d flipped by %#x: %d of %d tasks are missing, and nothing tells", at, bit, len(want)-len(got), len(want))
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
