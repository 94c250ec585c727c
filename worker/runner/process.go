package runner

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// How often a group is looked at while it ends. The kernel tells nobody when a
// process group becomes empty, so there is no event to wait for.
const (
	pollMin = time.Millisecond
	pollMax = 50 * time.Millisecond
)

// drainDelay is how long output may still come after everything in the group
// is gone: a process that has left the group may hold the pipe open for ever.
const drainDelay = time.Second

// process is a command that was started, with the worker's ends of its pipes.
// They are files and not writers of package exec, whose Wait would wait for
// every descendant that has the pipe open.
type process struct {
	cmd    *exec.Cmd
	group  group
	exited chan struct{} // closed when the command itself has been reaped

	stdin  *os.File
	stdout *capture
	stderr *tail
	speech *speech    // nil if nobody listens
	theirs []*os.File // the command's ends
}

// startProcess starts the command. Mark goes to its environment. The command's ends of the
// pipes are closed before the next one's are opened: who waits for this one may go on late.
func startProcess(c *Command, mark string) (*process, error) {
	p := &process{cmd: exec.Command(c.Argv[0], c.Argv[1:]...), exited: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), c.Env...), mark)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err := p.openPipes(c.ResultMax)
	if err == nil && c.Listen != nil {
		err = p.openSpeech()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	p.closeTheirs()
	if err != nil {
		p.abandon()
		return nil, err
	}
	return p, nil
}

func (p *process) openPipes(resultMax int) error {
	stdin, ours, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stdin, p.stdin, p.theirs = stdin, ours, append(p.theirs, stdin)
	ours, stdout, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stdout, p.stdout, p.theirs = stdout, newCapture(ours, resultMax), append(p.theirs, stdout)
	ours, stderr, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stderr, p.stderr, p.theirs = stderr, newTail(ours), append(p.theirs, stderr)
	return nil
}

// openSpeech makes the pipe on which the command speaks of its task.
func (p *process) openSpeech() error {
	ours, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.ExtraFiles, p.theirs = []*os.File{theirs}, append(p.theirs, theirs)
	p.speech = newSpeech(ours)
	p.cmd.Env = append(p.cmd.Env, p.speech.environment())
	return nil
}

// abandon closes the worker's ends for a command that does not run.
func (p *process) abandon() {
	if p.stdin != nil {
		_ = p.stdin.Close()
	}
	if p.stdout != nil {
		_ = p.stdout.pipe.Close()
	}
	if p.stderr != nil {
		_ = p.stderr.pipe.Close()
	}
	if p.speech != nil {
		_ = p.speech.pipe.Close()
	}
}

func (p *process) closeTheirs() {
	for _, f := range p.theirs {
		_ = f.Close()
	}
}

// started feeds and reads the command, which runs.
func (p *process) started(c *Command) {
	p.group = group(p.cmd.Process.Pid)
	go p.feed(c.Stdin)
	go p.stdout.read()
	go p.stderr.read()
	go func() {
		_ = p.cmd.Wait() // how it exited is in ProcessState
		close(p.exited)
	}()
}

// feed writes the body. A command that does not read it is no error.
func (p *process) feed(body []byte) {
	_, _ = p.stdin.Write(body)
	_ = p.stdin.Close()
}

// await returns when everything in the group is gone. The error is ErrStopped
// if that was the context's doing, and the command was not faster.
func (p *process) await(ctx context.Context, c *Command) error {
	select {
	case <-p.exited:
	case <-p.stdout.over:
	case <-ctx.Done():
		if !isClosed(p.exited) {
			p.end(func() bool { return p.condemned(c) })
			return ErrStopped
		}
	}
	p.endRest(c)
	return nil
}

// endRest ends what the command left behind, or the command itself when it
// wrote too much.
func (p *process) endRest(c *Command) {
	deadline := time.Now().Add(c.Grace)
	p.end(func() bool { return p.condemned(c) || time.Now().After(deadline) })
}

// condemned tells whether there is no grace, or no more.
func (p *process) condemned(c *Command) bool { return isClosed(c.Kill) || isClosed(p.stdout.over) }

// end sends TERM to the group, and KILL once it is overdue. It returns when the
// command has been reaped and everything in the group is gone.
func (p *process) end(overdue func() bool) {
	if !p.gone() && !overdue() {
		p.group.signal(syscall.SIGTERM)
		p.group.signal(syscall.SIGCONT) // a stopped process would not see TERM
	}
	for wait := pollMin; !p.gone(); wait = min(2*wait, pollMax) {
		if overdue() {
			p.group.signal(syscall.SIGKILL)
		}
		time.Sleep(wait)
	}
}

func (p *process) gone() bool { return isClosed(p.exited) && p.group.gone() }

// result collects the output of a command that is gone and decides how it came
// out. Stopped is ErrStopped or nil.
func (p *process) result(stopped error) ([]byte, error) {
	_ = p.stdin.Close() // ends feed, if something outside the group has the other end
	deadline := time.Now().Add(drainDelay)
	out, err := p.stdout.finish(deadline)
	errTail := p.stderr.finish(deadline)
	if p.speech != nil {
		p.speech.finish(deadline)
	}
	switch {
	case stopped != nil:
		return nil, stopped
	case err != nil:
		return nil, err
	}
	if state := p.cmd.ProcessState; !state.Success() {
		return nil, newExitError(state, errTail)
	}
	return out, nil
}
