package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/journal/bolt/wal"
)

// copy makes a copy, whose file is written when it is read. It shares the payloads, and has a
// folder of its own: who opens a journal that has commits in its log alone waits for others of
// the same folder.
func (r *rotting) copy(name string) (*rotting, error) {
	c := *r
	c.path = filepath.Join(r.folder, name, "bcp.db")
	c.rand = rand.New(rand.NewPCG(r.rig.rand.Uint64(), 0))
	c.whole = bytes.Clone(r.whole)
	if err := os.Mkdir(filepath.Dir(c.path), 0o700); err != nil {
		return nil, err
	}
	payloads := bolt.BlobFolder(r.rig.db())
	return &c, errors.Join(os.MkdirAll(payloads, 0o700), os.Symlink(payloads, bolt.BlobFolder(c.path)))
}

// written is where blocks begin that are not all zero: most of a log is.
func written(whole []byte) (blocks []int) {
	for at := 0; at < len(whole); at += wal.BlockBytes {
		if block := blockAt(whole, at); !bytes.Equal(block, zeros[:len(block)]) {
			blocks = append(blocks, at)
		}
	}
	return blocks
}

func blockAt(whole []byte, at int) []byte { return whole[at:min(at+wal.BlockBytes, len(whole))] }

var zeros [wal.BlockBytes]byte

// errRotFile tells that a copy can't be written.
var errRotFile = errors.New("write a copy of the journal")

// read reads the journal from a file that is written anew, for an opening that brings in what
// a log has changes it. The bytes that were flipped may be in blocks that were all zero.
func (r *rotting) read(flipped ...int) (map[journal.ID]string, error) {
	if err := r.write(flipped); err != nil {
		return nil, fmt.Errorf("%w: %w", errRotFile, err)
	}
	return readJournal(r.path)
}

// write writes the file, of which most is zero.
func (r *rotting) write(flipped []int) error {
	f, err := os.Create(r.path)
	if err != nil {
		return err
	}
	err = f.Truncate(int64(len(r.whole)))
	for _, at := range append(slices.Clip(r.written), flipped...) {
		if err == nil {
			_, err = f.WriteAt(blockAt(r.whole, at), int64(at))
		}
	}
	return errors.Join(err, f.Close())
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
	err = eachTask(store, func(e *journal.Entry) { entries = append(entries, *e) })
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
