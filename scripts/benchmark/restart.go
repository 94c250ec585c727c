package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/scripts/benchmark/internal/lean"
	"bcp/scripts/benchmark/internal/lives"
	"bcp/scripts/benchmark/internal/load"
)

// restartCell tells how long a broker takes after kill -9 until it has welcomed a
// client: with tasks that wait alone, and with ended ones beside them.
type restartCell struct {
	o       *options
	folders map[int]string // of the journals, by the number of ended tasks
}

// Columns of the cell.
const (
	warmSeconds = "s, warm cache"
	coldSeconds = "s, cold cache"
	fileMB      = "file MB"
	residentMB  = "broker's memory MB"
)

func newRestartCell(o *options) cell { return &restartCell{o, map[int]string{}} }

func (c *restartCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "restart: tasks waiting, ended"
	s.note("from the start of the process after kill -9 to the first client's welcome; cold: the journal's pages are not in the page cache")
	for _, ended := range []int{0, c.o.ended} {
		progress("   %d waiting, %d ended", c.o.waiting, ended)
		dir, err := c.folder(ended)
		if err != nil {
			return err
		}
		if err := c.one(ctx, s, dir, restartRow(c.o.waiting, ended)); err != nil {
			return fmt.Errorf("%d waiting, %d ended: %w", c.o.waiting, ended, err)
		}
	}
	return nil
}

func restartRow(waiting, ended int) string { return fmt.Sprintf("%d, %d", waiting, ended) }

// folder returns the folder with the journal, which is made in the first round, unless
// it is there from another run.
func (c *restartCell) folder(ended int) (dir string, err error) {
	if dir := c.folders[ended]; dir != "" {
		return dir, nil
	}
	if dir, err = c.newFolder(ended); err != nil {
		return "", err
	}
	c.folders[ended] = dir
	if _, err := os.Stat(journalIn(dir)); err == nil {
		return dir, c.check(journalIn(dir), ended)
	}
	return dir, c.fill(dir, ended)
}

// check tells whether a journal that is there from another run is what is asked for. Of
// the bodies it looks at one.
func (c *restartCell) check(path string, ended int) (err error) {
	store, err := bolt.OpenReadOnly(path, bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	waiting, last := 0, journal.ID{}
	err = store.Live(func(row *journal.LiveRow) error {
		waiting, last = waiting+1, row.ID
		return nil
	})
	if err != nil {
		return err
	}
	const help = "remove it to have it made anew, or give another folder with --journals"
	if has := store.Meta().Ended; waiting != c.o.waiting || has != uint64(ended) {
		return fmt.Errorf("%s has %d tasks that wait and %d that have ended, and %d and %d are asked for: %s",
			path, waiting, has, c.o.waiting, ended, help)
	}
	body, err := store.Body(last)
	if err == nil && len(body) != c.o.shape.BodySize {
		err = fmt.Errorf("%s has bodies of %d bytes, and %d bytes are asked for: %s", path, len(body), c.o.shape.BodySize, help)
	}
	return err
}

// newFolder returns the folder for a journal: one that stays, if the options name where.
func (c *restartCell) newFolder(ended int) (string, error) {
	if c.o.journals == "" {
		return os.MkdirTemp(c.o.dir, "bcp-bench-")
	}
	dir := filepath.Join(c.o.journals, fmt.Sprintf("%d-%d-%d", c.o.waiting, ended, c.o.shape.BodySize))
	return dir, os.MkdirAll(dir, 0o755)
}

// fill writes the journal, under another name until it is whole.
func (c *restartCell) fill(dir string, ended int) error {
	unfinished := journalIn(dir) + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	store, err := bolt.Open(unfinished, bolt.Options{})
	if err != nil {
		return err
	}
	m := lives.NewMaker(c.o.shape.BodySize)
	m.Keys = true
	err = m.Fill(store, 0, ended, true)
	if err == nil {
		err = m.Fill(store, ended, ended+c.o.waiting, false)
	}
	if err = errors.Join(err, store.Close()); err != nil {
		return err
	}
	return os.Rename(unfinished, journalIn(dir))
}

// journalIn returns the path of the journal in a folder.
func journalIn(dir string) string { return filepath.Join(dir, "bcp.db") }

// one measures both starts. The first broker of a journal is not measured: it warms
// the page cache, and its end by kill -9 leaves what a crash leaves.
func (c *restartCell) one(ctx context.Context, s *sheet, dir, row string) error {
	if _, _, err := c.start(ctx, dir); err != nil {
		return err
	}
	warm, memory, err := c.start(ctx, dir)
	if err != nil {
		return err
	}
	size, err := drop(journalIn(dir))
	if err != nil {
		return err
	}
	cold, _, err := c.start(ctx, dir)
	if err != nil {
		return err
	}
	s.add(row, warmSeconds, warm.Seconds())
	s.add(row, coldSeconds, cold.Seconds())
	s.add(row, fileMB, float64(size)/1e6)
	s.add(row, residentMB, float64(memory)/1e6)
	return nil
}

// start starts a broker on the journal, waits until it welcomes a client, and kills
// it. It returns how long that took, and the memory that the broker then had, in bytes.
func (c *restartCell) start(ctx context.Context, dir string) (took time.Duration, memory int64, err error) {
	began := time.Now()
	d, err := startDaemon(ctx, dir, c.keepAll)
	if err != nil {
		return 0, 0, err
	}
	defer d.Kill()
	peers, err := lean.Open(ctx, load.Shape{Address: d.address, Clients: 1})
	if err != nil {
		return 0, 0, fmt.Errorf("%w; %s", err, d.words())
	}
	took = time.Since(began)
	memory, err = d.memory()
	return took, memory, errors.Join(err, peers.Close())
}

// keepAll is a broker that forgets none of the ended tasks.
func (c *restartCell) keepAll(dir, address string) []string {
	return append(c.o.brokerCommand(dir, address), "--keep-count", "1000000000")
}

// drop drops a file from the page cache and returns its size.
func drop(path string) (size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := f.Sync(); err != nil { // dirty pages stay
		return 0, err
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return 0, fmt.Errorf("drop %s from the page cache: %w", path, err)
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Close implements io.Closer.
func (c *restartCell) Close() (err error) {
	if c.o.journals != "" {
		return nil
	}
	for _, dir := range c.folders {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}
