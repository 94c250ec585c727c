package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"bcp/worker"
)

// What this worker is not set up to run, another one may be.
func TestLeftToAnother(t *testing.T) {
	for name, c := range map[string]struct {
		handler handler
		argv    []string // of the task
		says    string
	}{
		"a command of its own": {handler{command: []string{"cat"}}, []string{"ls"}, "--allow-argv"},
		"no command at all":    {handler{allowArgv: true}, nil, "has none of its own"},
	} {
		_, err := c.handler.handle(t.Context(), &worker.Task{Argv: c.argv})
		if !errors.Is(err, worker.ErrNotMe) || errors.Is(err, worker.ErrRefused) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A worker that is not fit to start its command tries for a while, and leaves the task to
// another one then; it takes what it lacks in the meantime, and waits for what passes.
func TestPatience(t *testing.T) {
	unfit := whyNotStarted(&worker.Task{}, &os.PathError{Err: syscall.ENOENT})
	shut := whyNoFolder(&os.PathError{Err: syscall.EROFS})
	busy := whyNotStarted(&worker.Task{Argv: []string{"ls"}}, &os.PathError{Err: syscall.ETXTBSY})
	scarce := whyNoFolder(&os.PathError{Err: syscall.ENOSPC})
	for name, c := range map[string]struct {
		err   error
		lasts time.Duration
		want  error
	}{
		"a command that is just replaced": {unfit, unfitMax / 2, nil},
		"a command that has gone":         {unfit, 2 * unfitMax, worker.ErrNotMe},
		"a folder that is mended":         {shut, unfitMax / 2, nil},
		"a folder on a read-only disk":    {shut, 2 * unfitMax, worker.ErrNotMe},
		"a program that is being written": {busy, time.Hour, nil},
		"a full disk":                     {scarce, time.Hour, nil},
		"a command that fails":            {os.ErrInvalid, time.Hour, os.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				err := patiently(t.Context(), slog.New(slog.DiscardHandler), func() error {
					if time.Since(begun) < c.lasts {
						return c.err
					}
					return nil
				})
				if !errors.Is(err, c.want) {
					t.Errorf("after %v: %v, want %v", time.Since(begun), err, c.want)
				}
			})
		})
	}
}

// A folder that can't be used for good costs the task no try, and the worker no slot for long.
func TestFolderCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h := handler{command: []string{"cat"}, states: states{filepath.Join(file, "own")}, log: slog.New(slog.DiscardHandler)}
	synctest.Test(t, func(t *testing.T) {
		_, err := h.handle(t.Context(), new(worker.Task))
		if !errors.Is(err, worker.ErrNotMe) || !errors.Is(err, syscall.ENOTDIR) {
			t.Error(err)
		}
	})
}

// A folder that somebody has cleaned away is made again.
func TestFolderIsGone(t *testing.T) {
	s, task := states{filepath.Join(t.TempDir(), "gone")}, &worker.Task{Checkpoint: []byte("state")}
	if err := s.put(task); err != nil {
		t.Fatal(err)
	}
	if state, err := os.ReadFile(s.path(task)); err != nil || string(state) != "state" {
		t.Errorf("%q, %v", state, err)
	}
}
