package e2e

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// process is a child of a test.
type process struct {
	t      *testing.T
	name   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *transcript
	stderr *transcript
	exited chan struct{} // closed when it has been reaped
}

// launches are the commands that spawn starts.
var launches = make(chan launch)

type launch struct {
	cmd    *exec.Cmd
	result chan error
}

// spawn starts every process from one thread that lives as long as the tests:
// the death signal of a child comes with the end of the thread that made it.
func spawn() {
	runtime.LockOSThread()
	for l := range launches {
		l.result <- l.cmd.Start()
	}
}

// start runs a command until the test ends. It has a process group of its own.
func start(t *testing.T, name string, argv ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(argv[0], argv[1:]...), exited: make(chan struct{})}
	// The race detector would have every process sleep a second at its end.
	p.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	theirs := p.openPipes()
	result := make(chan error)
	launches <- launch{p.cmd, result}
	err := <-result
	for _, f := range theirs {
		_ = f.Close()
	}
	if err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.exited)
	}()
	t.Cleanup(p.clean)
	return p
}

// openPipes connects the standard streams. They are files, so that the end of
// the process is seen although somebody else may hold them open.
func (p *process) openPipes() (theirs []*os.File) {
	pipe := func() (r, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			p.t.Fatal(err)
		}
		return r, w
	}
	stdin, toStdin := pipe()
	fromStdout, stdout := pipe()
	fromStderr, stderr := pipe()
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, stdout, stderr
	p.stdin, p.stdout, p.stderr = toStdin, newTranscript(p.t, fromStdout), newTranscript(p.t, fromStderr)
	return []*os.File{stdin, stdout, stderr}
}

// clean ends the process, and shows what it wrote if the test failed.
func (p *process) clean() {
	if !p.hasExited() {
		p.signalGroup(syscall.SIGKILL)
	}
	<-p.exited
	_ = p.stdin.Close()
	if strings.Contains(p.stderr.String(), "DATA RACE") {
		p.t.Errorf("%s has a data race", p.name)
	}
	if p.t.Failed() {
		p.t.Logf("%s, %v\n-- standard output\n%v-- standard error\n%v", p.name, p.cmd.ProcessState, p.stdout, p.stderr)
	}
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// signal sends a signal to the process alone.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Errorf("send %v to %s: %v", s, p.name, err)
	}
}

// signalGroup sends a signal to the process and its children.
func (p *process) signalGroup(s syscall.Signal) { _ = syscall.Kill(-p.pid(), s) }

// kill ends the process as kill -9 does.
func (p *process) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	p.wait()
}

// terminate ends the process as an operator does, in order.
func (p *process) terminate() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.exits(0)
}

// exits waits for the end and checks the exit code.
func (p *process) exits(code int) {
	p.t.Helper()
	if got := p.wait(); got != code {
		p.t.Fatalf("%s ended with %d, not %d", p.name, got, code)
	}
}

// wait waits for the end and returns the exit code, -1 after a signal.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.t.Fatalf("%s did not end", p.name)
	}
	return p.cmd.ProcessState.ExitCode()
}

// program returns the path of a program under test.
func program(name string) string { return filepath.Join(programs, name) }

// watched is a process of somebody else, held so that its number cannot be
// given to another.
type watched struct {
	t   *testing.T
	pid int
	fd  int
}

// watch takes hold of a process that runs.
func watch(t *testing.T, pid int) watched {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatalf("watch process %d: %v", pid, err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return watched{t, pid, fd}
}

// awaitDeath waits until the process has ended.
func (w watched) awaitDeath() {
	w.t.Helper()
	if !w.endsWithin(patience) {
		w.t.Fatalf("process %d lives on", w.pid)
	}
}

// lives tells whether the process has not ended.
func (w watched) lives() bool {
	w.t.Helper()
	return !w.endsWithin(0)
}

func (w watched) endsWithin(limit time.Duration) bool {
	w.t.Helper()
	late := time.Now().Add(limit)
	for {
		left := max(time.Until(late), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(w.fd), Events: unix.POLLIN}}, int(left.Milliseconds()))
		if err == nil {
			return n > 0
		}
		if err != unix.EINTR {
			w.t.Fatalf("watch process %d: %v", w.pid, err)
		}
	}
}
