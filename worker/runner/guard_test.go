package runner

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// doomedVariable makes the test binary a worker that runs the script in it
// until it is killed.
const doomedVariable = "BCP_TEST_DOOMED"

func runDoomed() {
	r, err := New()
	if err != nil {
		panic(err)
	}
	_, err = r.Run(context.Background(), shell(os.Getenv(doomedVariable)))
	panic(err) // the script does not end by itself
}

// startDoomed starts a worker that runs the script, and returns what kills it.
func startDoomed(t *testing.T, script string) (kill func()) {
	t.Helper()
	worker := exec.Command("/proc/self/exe")
	worker.Env = append(os.Environ(), doomedVariable+"="+script)
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := worker.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = worker.Wait()
	}
}

// lifeline is a FIFO that processes hold open: it says that they live, and its
// end that they are all gone.
type lifeline struct {
	path   string
	opened chan *bufio.Reader
}

func newLifeline(t *testing.T) *lifeline {
	t.Helper()
	l := &lifeline{path: t.TempDir() + "/fifo", opened: make(chan *bufio.Reader, 1)}
	if err := syscall.Mkfifo(l.path, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		f, err := os.Open(l.path) // returns when somebody has it open for writing
		if err != nil {
			panic(err)
		}
		l.opened <- bufio.NewReader(f)
	}()
	return l
}

// holding makes a script that runs others that hold the line, and says so.
func (l *lifeline) holding(others string) string {
	return "exec 9>" + l.path + "; " + others + " echo up >&9; "
}

// up waits until all of them have the line.
func (l *lifeline) up(t *testing.T) *bufio.Reader {
	t.Helper()
	r := <-l.opened
	if line, err := r.ReadString('\n'); line != "up\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return r
}

func waitGone(t *testing.T, r io.Reader) {
	t.Helper()
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Error(err)
	}
}

// TestProcessesDieWithTheWorker kills a worker so that it can do nothing about
// its children, grandchildren, and those that have left the group.
func TestProcessesDieWithTheWorker(t *testing.T) {
	t.Parallel()
	l := newLifeline(t)
	kill := startDoomed(t, l.holding("sleep 1000 & (sleep 1000 & sleep 1000) & setsid sleep 1000 &")+"sleep 1000")
	line := l.up(t)
	kill()
	waitGone(t, line)
}

// What executes one program after another is killed as well, though its environment is not to be
// seen in between.
func TestProcessThatExecutesDies(t *testing.T) {
	t.Parallel()
	again := t.TempDir() + "/again"
	if err := os.WriteFile(again, []byte("#!/bin/sh\nexec $0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for round := range 200 {
		mark := markVariable + "=" + t.Name()
		cmd := exec.Command(again)
		cmd.Env = []string{mark}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		sweep([]byte(mark))
		late := time.AfterFunc(10*time.Second, func() {
			t.Errorf("round %d: it lives on", round)
			_ = cmd.Process.Kill()
		})
		_ = cmd.Wait()
		if !late.Stop() {
			return
		}
	}
}

// A guard that somebody has stopped goes on when the worker is killed.
func TestStoppedGuardOfADeadWorker(t *testing.T) {
	t.Parallel()
	l := newLifeline(t)
	kill := startDoomed(t, l.holding("echo $BCP_WORKER_MARK >&9; sleep 1000 &")+"sleep 1000")
	line := <-l.opened
	token, err := line.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	stopGuard(t, strings.TrimSpace(token))
	kill()
	waitGone(t, line)
}

// One that is stopped under a living worker goes on at the next word to it, and so at the end.
func TestStoppedGuardGoesOn(t *testing.T) {
	r := newRunner(t)
	pid := stopGuard(t, r.guard.token)
	if out, err := r.Run(t.Context(), shell("echo fine")); err != nil || string(out) != "fine\n" {
		t.Errorf("%q, %v", out, err)
	}
	if _, state := groupOf(pid); state == stopped {
		t.Error("the guard is stopped")
	}
	stopGuard(t, r.guard.token)
	closeRunner(t, r)
}

// stopped is the state of a process that SIGSTOP has stopped.
const stopped = 'T'

// stopGuard stops a guard, again where its worker has just had it go on, until it is stopped.
func stopGuard(t *testing.T, token string) (pid int) {
	t.Helper()
	pid = guardPID(t, token)
	for state := byte(0); state != stopped; runtime.Gosched() {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		_, state = groupOf(pid)
	}
	return pid
}

// TestEscapedProcess has a command leave a process in a session of its own
// that holds its output open: the result comes nevertheless, and the process
// ends with the Runner.
func TestEscapedProcess(t *testing.T) {
	r := newRunner(t)
	l := newLifeline(t)
	var line *bufio.Reader
	c := shell(l.holding("") + "setsid sleep 1000 & echo result")
	c.Started = func() { line = l.up(t) }
	if out, err := r.Run(t.Context(), c); err != nil || string(out) != "result\n" {
		t.Errorf("%q, %v", out, err)
	}
	closeRunner(t, r)
	waitGone(t, line)
}

// TestGuardIsReplaced kills the guard under a running command; the next one
// gets a new guard, which must know of both.
func TestGuardIsReplaced(t *testing.T) {
	r := newRunner(t)
	l := newLifeline(t)
	ended := make(chan error, 1)
	go func() {
		// The clean environment keeps the mark from the grandchild.
		_, err := r.Run(t.Context(), shell(l.holding("env -i sleep 1000 &")+"env -i sleep 1000"))
		ended <- err
	}()
	line := l.up(t)

	first := r.guard.ended
	if err := syscall.Kill(guardPID(t, r.guard.token), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-first
	if out, err := r.Run(t.Context(), shell("echo fine")); err != nil || string(out) != "fine\n" {
		t.Errorf("%q, %v", out, err)
	}
	guardPID(t, r.guard.token) // there is a new one
	closeRunner(t, r)
	waitGone(t, line)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "SIGKILL") {
		t.Errorf("error %v", err)
	}
}

// While a guard that has died can't be replaced, no command is started, which would have to
// be killed again: which error comes tells what was tried first.
func TestNoCommandWithoutAGuard(t *testing.T) {
	r := newRunner(t)
	if err := syscall.Kill(guardPID(t, r.guard.token), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-r.guard.ended
	folder := r.guard.folder
	r.guard.folder = "no\x00folder" // which no process can have in its environment
	_, err := r.Run(t.Context(), Command{Argv: []string{"/no/such/command"}})
	if !errors.Is(err, ErrStart) || !strings.Contains(err.Error(), "replace guard process") {
		t.Errorf("error %v", err)
	}
	r.guard.folder = folder
	if out, err := r.Run(t.Context(), shell("echo fine")); err != nil || string(out) != "fine\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// guardPID finds a guard, whose environment is to be seen a moment after it was started.
func guardPID(t *testing.T, token string) int {
	t.Helper()
	for late := time.Now().Add(time.Minute); time.Now().Before(late); runtime.Gosched() {
		pids, err := processes()
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range pids {
			environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
			if err == nil && marked(environment, []byte(guardVariable+"="+token)) {
				return pid
			}
		}
	}
	t.Fatal("no guard process")
	return 0
}

func TestGuardReadsGroups(t *testing.T) {
	got := readGroups(strings.NewReader("+10\n+11\n-10\n\n+\n+x\n+0\n+1\n-12\n+-5\n+13\n+14"))
	for _, want := range []group{11, 13, 14} {
		if _, ok := got[want]; !ok {
			t.Errorf("group %d is missing", want)
		}
	}
	if len(got) != 3 {
		t.Errorf("groups %v", got)
	}
}

// The runner's folder goes with it, whatever is in there; the guard does that, so it
// does when the worker is killed as well.
func TestFolderGoesWithTheRunner(t *testing.T) {
	r := newRunner(t)
	if err := os.WriteFile(r.Folder()+"/state", []byte("state"), 0o600); err != nil {
		t.Error(err)
	}
	closeRunner(t, r)
	if _, err := os.Stat(r.Folder()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder after Close: %v", err)
	}
}
