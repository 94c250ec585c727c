package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// crowdVariable makes the test binary a worker that runs a crowd of commands at once.
const crowdVariable = "BCP_TEST_CROWD"

// crowd is how many those are. A command that runs takes five files of the worker's at
// most, one whose pipes are open and which doesn't run yet takes eight.
const (
	crowd      = 100
	crowdFiles = 600
)

// runCrowd starts the crowd, and stops it when all of it runs.
func runCrowd() {
	r, err := New()
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var run, up sync.WaitGroup
	up.Add(crowd)
	for range crowd {
		run.Go(func() {
			c := Command{Argv: []string{"sleep", "1000"}, Started: up.Done, Listen: func(io.Reader) {}}
			if _, err := r.Run(ctx, c); !errors.Is(err, ErrStopped) {
				fmt.Println(err)
				up.Done()
			}
		})
	}
	up.Wait()
	cancel()
	run.Wait()
	if err := r.Close(); err != nil {
		panic(err)
	}
}

// A worker that may open as many files as its commands need when all of them run can run
// them all, though they come at once.
func TestCrowd(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	worker := exec.Command("/bin/sh", "-c", fmt.Sprintf("ulimit -n %d; exec %s", crowdFiles, self))
	worker.Env = append(os.Environ(), crowdVariable+"=yes")
	out, err := worker.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v, %d of %d failed: %s", err, strings.Count(string(out), "\n"), crowd, out)
	}
}

// A command's ends of its pipes are closed when its turn is over: the next turn may come before
// who waits for this command goes on.
func TestTurnClosesTheCommandsEnds(t *testing.T) {
	r := newRunner(t)
	c := Command{Argv: []string{"cat"}, Listen: func(io.Reader) {}}
	p, err := r.spawner.start(t.Context(), &c, r.guard.mark())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.theirs {
		if _, err := f.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s is open: %v", f.Name(), err)
		}
	}
	p.started(&c)
	p.end(func() bool { return true })
	_, _ = p.result(nil)
}

// A command that was stopped before its turn came is not started.
func TestStoppedBeforeItsTurn(t *testing.T) {
	r := newRunner(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := filepath.Join(t.TempDir(), "ran")
	for range 20 {
		c := Command{Argv: []string{"touch", file}, Started: func() { t.Error("start confirmed") }}
		if _, err := r.Run(ctx, c); !errors.Is(err, ErrStopped) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("it ran")
	}
}

// A command whose turn had not come when the Runner was closed is not started.
func TestClosedBeforeItsTurn(t *testing.T) {
	r := newRunner(t)
	closeRunner(t, r)
	if _, err := r.Run(t.Context(), shell("echo ran")); !errors.Is(err, ErrStopped) {
		t.Errorf("error %v", err)
	}
}

// A command that was started while the Runner was closed is stopped, and no guard is started
// anew for it: nobody would end that.
func TestClosedBeforeTheGuardKnows(t *testing.T) {
	t.Parallel()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.guard.close(); err != nil {
		t.Error(err)
	}
	ended := r.guard.ended
	if _, err := r.Run(t.Context(), shell("echo ran")); !errors.Is(err, ErrStopped) {
		t.Errorf("error %v", err)
	}
	if r.guard.ended != ended {
		t.Error("there is another guard")
	}
	r.spawner.close()
}
