package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
