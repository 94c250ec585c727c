package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"
)

// stuck is a standard input from which nothing comes; who reads it is interrupted.
type stuck struct{ interrupt func() }

func (s stuck) Read([]byte) (int, error) {
	s.interrupt()
	select {}
}

// A command that waits for its input ends when it is interrupted.
func TestInterruptWhileReading(t *testing.T) {
	db := filepath.Join(t.TempDir(), "bcp.db")
	for _, args := range [][]string{
		{"journal", "import", "-", "--db", db},
		{"tasks", "submit", "--file", "-", "--dry-run"},
		{"tasks", "submit", "--service", "s", "--body", "-"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		root := newRootCommand()
		root.SetArgs(args)
		root.SetIn(stuck{cancel})
		ended := make(chan error, 1)
		go func() { ended <- root.ExecuteContext(ctx) }()
		select {
		case err := <-ended:
			if !isBrokenOff(err) {
				t.Errorf("%q: %v", args, err)
			}
		case <-time.After(30 * time.Second):
			t.Errorf("%q goes on", args)
		}
	}
}

func TestInput(t *testing.T) {
	in := input{t.Context(), iotest.DataErrReader(iotest.HalfReader(io.LimitReader(zeros{}, 100)))}
	if b, err := io.ReadAll(in); len(b) != 100 || err != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	want := errors.New("gone")
	if _, err := io.ReadAll(input{t.Context(), iotest.ErrReader(want)}); !errors.Is(err, want) {
		t.Error(err)
	}
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
