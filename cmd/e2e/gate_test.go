package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// gate holds tasks back until their test lets them go: a task's process reads
// one line from it, and prints that.
//
// It is a named pipe that the test holds open for both directions, so that
// neither opening nor writing waits for the other side.
type gate struct {
	t    *testing.T
	path string
	pipe *os.File
}

func newGate(t *testing.T) *gate {
	t.Helper()
	return newGateAt(t, filepath.Join(tempDir(t), "gate"))
}

func newGateAt(t *testing.T, path string) *gate {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	return &gate{t, path, pipe}
}

// command is what a task has to run to be held.
func (g *gate) command() []string { return []string{"head", "-n", "1", g.path} }

// startWorker starts a worker that holds its tasks.
func (g *gate) startWorker(d *daemon, name string, flags ...string) *process {
	g.t.Helper()
	return startWorker(g.t, d, name, slices.Concat(flags, []string{"--"}, g.command())...)
}

// open lets one task go, which prints the text and a line feed.
func (g *gate) open(text string) {
	g.t.Helper()
	if _, err := g.pipe.WriteString(text + "\n"); err != nil {
		g.t.Fatal(err)
	}
}

// say is the other direction: the shell command by which a task's process tells
// its test something.
func (g *gate) say(text string) string { return "echo " + text + " >" + g.path }

// hear returns the next line that a task's process said.
func (g *gate) hear() string {
	g.t.Helper()
	if err := g.pipe.SetReadDeadline(time.Now().Add(patience)); err != nil {
		g.t.Fatal(err)
	}
	var line strings.Builder
	for b := make([]byte, 1); ; {
		if _, err := g.pipe.Read(b); err != nil {
			g.t.Fatalf("waited for a task's process to say something: %v", err)
		}
		if b[0] == '\n' {
			return line.String()
		}
		line.WriteByte(b[0])
	}
}

// hearPID takes hold of a process that said its number.
func (g *gate) hearPID() watched {
	g.t.Helper()
	line := g.hear()
	pid, err := strconv.Atoi(line)
	if err != nil {
		g.t.Fatalf("a task's process said %q, which is no process number", line)
	}
	return watch(g.t, pid)
}
