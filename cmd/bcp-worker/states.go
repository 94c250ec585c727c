package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"bcp/journal"
	"bcp/worker"
)

// states is the runner's folder, with one for each attempt, in which the command
// finds the state that an earlier attempt has saved, if one has:
//
//	TMPDIR/bcp-worker-.../TASK-ATTEMPT/checkpoint
//
// The attempt's folder is removed with all that the command leaves there.
type states struct{ folder string }

func (s states) of(t *worker.Task) string {
	return filepath.Join(s.folder, t.ID.String()+"-"+strconv.FormatUint(uint64(t.Attempt), 10))
}

// path is where the attempt's command finds its state.
func (s states) path(t *worker.Task) string { return filepath.Join(s.of(t), "checkpoint") }

// put makes the attempt's folder, with its state in it if there is one. Who cleans up the
// folder for temporary files may have taken the runner's away.
func (s states) put(t *worker.Task) error {
	err := os.MkdirAll(s.of(t), 0o700)
	if err == nil && len(t.Checkpoint) > 0 {
		err = os.WriteFile(s.path(t), t.Checkpoint, 0o600)
	}
	return err
}

func (s states) remove(t *worker.Task) { _ = os.RemoveAll(s.of(t)) }

// readState returns what a file holds, if that can be a state.
func readState(path string) ([]byte, error) {
	state, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("%w: a regular file of at most %d bytes is accepted", err, journal.MaxCheckpoint)
	}
	return state, nil
}

// readSmall reads no more than a state may have, and doesn't wait for a pipe's other end.
func readSmall(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New(path + " is no regular file")
	}
	state, err := io.ReadAll(io.LimitReader(f, journal.MaxCheckpoint+1))
	if err == nil && len(state) > journal.MaxCheckpoint {
		return nil, errors.New(path + " is too large")
	}
	return state, err
}
