package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDemonstration has the whole demonstration once, killed in the middle and
// ended before its time, on a toolchain of few directories.
func TestDemonstration(t *testing.T) {
	bin := build(t)
	t.Run("to its end", func(t *testing.T) {
		d := start(t, bin, 12)
		text, err := io.ReadAll(d.stdout)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, want := range []string{"kill -9 of the broker", "both are back", "tasks submitted 12, done 12, attempts ", ", lost 0\n"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("it does not say %q:\n%s", want, text)
			}
		}
		d.leavesNothing(t)
	})
	for name, end := range map[string]func(*demonstration) error{
		"terminated":          func(d *demonstration) error { return d.cmd.Process.Signal(syscall.SIGTERM) },
		"nobody reads it":     func(d *demonstration) error { return d.stdout.Close() },
		"its terminal closes": func(d *demonstration) error { return d.cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			d := start(t, bin, 200)
			for line := range lines(d.stdout) {
				if strings.Contains(line, "tasks submitted") {
					break
				}
			}
			if err := end(d); err != nil {
				t.Fatal(err)
			}
			if err := d.cmd.Wait(); err == nil {
				t.Error("it went on to its end")
			}
			d.leavesNothing(t)
		})
	}
}

// demonstration is one that runs.
type demonstration struct {
	cmd    *exec.Cmd
	stdout io.ReadCloser
	dir    string // where it has its journal and logs
}

// build makes the programs as scripts/demo does.
func build(t *testing.T) (bin string) {
	t.Helper()
	bin = t.TempDir()
	cmd := exec.Command("go", "build", "-o", bin+"/", "bcp/cmd/bcp-broker", "bcp/cmd/bcp-worker", "bcp/scripts/demorun")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// start starts the demonstration from the repository's root.
func start(t *testing.T, bin string, dirs int) *demonstration {
	t.Helper()
	dir, err := os.MkdirTemp("", "demo-") // short: it has sockets in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	cmd := exec.Command(filepath.Join(bin, "demorun"), "-bin", bin, "-goroot", toolchain(t, dirs))
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &demonstration{cmd, stdout, dir}
}

// toolchain makes source directories for the demonstration to read.
func toolchain(t *testing.T, dirs int) (root string) {
	t.Helper()
	root = t.TempDir()
	for i := range dirs {
		dir := filepath.Join(root, "src", fmt.Sprint("p", i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "p.go"), fmt.Appendf(nil, "package p%d\n", i), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func lines(r io.Reader) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for s := bufio.NewScanner(r); s.Scan() && yield(s.Text()); {
		}
	}
}

// leavesNothing looks for processes that were started with the folder, and for the one of its
// own.
func (d *demonstration) leavesNothing(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		argv, err := os.ReadFile(file)
		if err == nil && bytes.Contains(argv, []byte(d.dir)) {
			t.Errorf("%s is left: %q", filepath.Dir(file), bytes.Split(argv, []byte{0}))
		}
	}
	if left, err := filepath.Glob(filepath.Join(d.dir, "bcp-demo-*")); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}
