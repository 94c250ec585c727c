package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/journal/bolt/power"
	"bcp/journal/bolt/wal"
	"bcp/migrations"
)

// rotMax is how long a round reads one journal, each time with another byte of it
// wrong. In a long run it goes through all of them.
const rotMax = 2 * time.Second

// rotRound makes a small journal, in every other round one that a kill leaves with commits in
// its log alone. It reads it again and again, each time with one byte changed: it reads as
// before, or is told to be damaged, and then a verification names something. The one
// exception is the last commit in the log, which can't be told from one that was cut off.
func rotRound(ctx context.Context, r *rig) error {
	r.args = []string{"--reserve", "0"} // else most of the file would be that
	if err := r.makeJournal(); err != nil {
		return err
	}
	load(ctx, r, 20, func(*ledger) {})
	if ctx.Err() != nil || len(r.tally.findings) > 0 {
		return nil
	}
	if r.seed%2 == 0 {
		if err := r.leaveLog(ctx); err != nil {
			return err
		}
	}
	whole, err := os.ReadFile(r.db())
	if err != nil {
		return err
	}
	folder, err := power.Folder() // in memory: to bring in what a log has would wait for the disk
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	rot := &rotting{rig: r, folder: folder, whole: whole, written: written(whole), last: lastInLog(whole)}
	if err := rot.readWhole(); err != nil {
		return err
	}
	if !r.long {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, rotMax)
		defer cancel()
	}
	return rot.flipAll(ctx)
}

// lastInLog is where the last entry is in the log, of which a block begins with a header: see
// package wal.
func lastInLog(whole []byte) (last extent) {
	highest := uint64(0)
	for at := 0; at < len(whole); at += wal.BlockBytes {
		if h, is := wal.ReadHeader(whole[at:]); is && h.Seq > highest {
			highest, last = h.Seq, extent{at, at + wal.HeaderBytes + h.Length}
		}
	}
	return last
}

// extent is a part of a file.
type extent struct{ from, to int }

func (e extent) has(at int) bool { return at >= e.from && at < e.to }

// rotting is a copy of a journal in which bytes are flipped.
type rotting struct {
	rig     *rig
	folder  string // of the copies
	whole   []byte
	written []int                 // where blocks begin that are not all zero
	want    map[journal.ID]string // what it says as a whole
	rand    *rand.Rand
	path    string

	left bool                  // there are commits in its log alone
	last extent                // of the last of them
	cut  map[journal.ID]string // what it says without that
}

// readWhole reads what the journal says, and what it says without the last commit in its log
// if that has any alone.
func (r *rotting) readWhole() (err error) {
	if r.left, err = hasLog(r.rig.db()); err != nil {
		return err
	}
	c, err := r.copy("whole")
	if err != nil {
		return err
	}
	if r.want, err = c.read(); err != nil || !r.left {
		return err
	}
	clear(c.whole[r.last.from:r.last.to])
	r.cut, err = c.read()
	if len(r.cut) >= len(r.want) {
		r.rig.find("without its last commit the journal has %d tasks of %d", len(r.cut), len(r.want))
	}
	return err
}

// hasLog tells whether a verification says that there are commits in the log alone.
func hasLog(path string) (has bool, err error) {
	_, err = bolt.VerifyFile(context.Background(), path, bolt.Options{}, func(p journal.Problem) {
		has = has || p.Note && p.Bucket == migrations.Log
	}, nil)
	return has, err
}

// flipAll flips a bit of each of the bytes in turn, in some copies side by side, until ctx is
// done.
func (r *rotting) flipAll(ctx context.Context) error {
	places := r.places()
	failed := make([]error, runtime.NumCPU())
	var all sync.WaitGroup
	for i := range failed {
		c, err := r.copy(strconv.Itoa(i))
		if err != nil {
			return err
		}
		from, to := i*len(places)/len(failed), (i+1)*len(places)/len(failed)
		all.Go(func() { failed[i] = c.flipEach(ctx, places[from:to]) })
	}
	all.Wait()
	return errors.Join(failed...)
}

// places are the bytes to flip, in an order of their own: all of a block that was ever
// written, and of each other one, as the log has many, any.
func (r *rotting) places() (places []int) {
	end := len(bytes.TrimRight(r.whole, "\x00"))
	for from := 0; from < end; from += wal.BlockBytes {
		block := r.whole[from:min(from+wal.BlockBytes, end)]
		if len(bytes.TrimRight(block, "\x00")) == 0 {
			places = append(places, from+r.rig.rand.IntN(len(block)))
			continue
		}
		for at := range block {
			places = append(places, from+at)
		}
	}
	r.rig.rand.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	return places
}

func (r *rotting) flipEach(ctx context.Context, places []int) error {
	for _, at := range places {
		if ctx.Err() != nil {
			break
		}
		if err := r.flip(at); err != nil {
			return err
		}
	}
	return nil
}

// flip reads the journal with a bit of one byte wrong.
func (r *rotting) flip(at int) error {
	r.rig.fault()
	bit := byte(1) << r.rand.IntN(8)
	r.whole[at] ^= bit
	defer func() { r.whole[at] ^= bit }()
	got, err := r.read(at)
	switch {
	case errors.Is(err, errRotFile):
		return err
	case err != nil && !isNamed(r.path):
		r.rig.find("byte %d flipped by %#x: who reads is told %v, and a verification finds nothing", at, bit, err)
	case err == nil && !(r.left && r.last.has(at) && maps.Equal(got, r.cut)):
		r.compare(at, bit, got)
	}
	return nil
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
