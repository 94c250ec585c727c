package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sys/unix"
)

// stuck is a standard input from which nothing comes; who reads it is interrupted.
type stuck struct{ interrupt func() }

func (s stuck) Read([]byte) (int, error) {
	s.interrupt()
	select {}
}

// A command that waits for its input ends when it is interrupted: for what is typed, for somebody
// who writes to a pipe, and for what they write.
func TestInterruptWhileReading(t *testing.T) {
	dir := t.TempDir()
	db, unwritten, written := filepath.Join(dir, "bcp.db"), filepath.Join(dir, "unwritten"), filepath.Join(dir, "written")
	if err := errors.Join(unix.Mkfifo(unwritten, 0o600), unix.Mkfifo(written, 0o600)); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(written, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	more := bytes.Repeat([]byte(" "), 128<<10) // than a pipe has room for
	lines := filepath.Join(dir, "tasks.jsonl")
	for _, name := range []string{"-", unwritten, written} {
		commands := [][]string{
			{"journal", "import", name, "--db", db},
			{"tasks", "submit", "--file", name, "--dry-run"},
			{"tasks", "submit", "--service", "s", "--body", name},
		}
		if name != "-" {
			commands = append(commands, []string{"tasks", "submit", "--file", lines, "--dry-run"})
			if err := os.WriteFile(lines, fmt.Appendf(nil, `{"service":"s","key":"k","body_file":%q}`, name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range commands {
			ctx, cancel := context.WithCancel(t.Context())
			switch name {
			case unwritten:
				cancel()
			case written:
				go func() {
					_, _ = writer.Write(more) // which ends when it was read, but for what the pipe holds
					cancel()
				}()
			}
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
			cancel()
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
