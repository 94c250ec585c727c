package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// endMax is how long a program may take to end when it is told to.
const endMax = 30 * time.Second

// gently is a command that is told to end when the context does, for it may have
// started others.
func gently(ctx context.Context, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endMax
	return cmd
}

// output runs a program and returns what it writes; its words are part of the error.
func output(ctx context.Context, argv ...string) (string, error) {
	cmd := gently(ctx, argv...)
	var words strings.Builder
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", filepath.Base(argv[0]), err, words.String())
	}
	return string(out), nil
}

// tools are programs of the module in the folder outside, built when they are first
// needed: what they import is not the broker's to depend on.
type tools struct {
	source string // folder of the module
	bin    string // where they are built; made with the first
}

// tool returns the path of a program of the module's own, which it builds.
func (t *tools) tool(ctx context.Context, name string) (string, error) {
	return t.build(ctx, name, "./"+name)
}

// build builds a program of a package that the module has or needs, and returns its path.
func (t *tools) build(ctx context.Context, name, pkg string) (string, error) {
	if t.bin == "" {
		bin, err := os.MkdirTemp("", "bcp-bench-")
		if err != nil {
			return "", err
		}
		t.bin = bin
	}
	path := filepath.Join(t.bin, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if _, err := output(ctx, "go", "build", "-C", t.source, "-o", path, pkg); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return path, nil
}

// remove removes what was built.
func (t *tools) remove() error {
	if t.bin == "" {
		return nil
	}
	return os.RemoveAll(t.bin)
}

// withEcho returns what fn measures of a plain ROUTER that sends everything back.
func withEcho(ctx context.Context, o *options, fn func(*daemon) (float64, error)) (float64, error) {
	path, err := o.tools.tool(ctx, "echo")
	if err != nil {
		return 0, err
	}
	echo := func(_, address string) []string { return []string{path, address} }
	found, err := withDaemon(ctx, o.dir, echo, fn)
	if err != nil {
		err = fmt.Errorf("ROUTER echo: %w", err)
	}
	return found, err
}
