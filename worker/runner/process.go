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
	speech *speech // nil if nobody listens

	ours, theirs []*os.File // the ends of the pipes: the worker's and the command's
}

// startProcess starts the command. Mark goes to its environment. The command's ends of the
// pipes are closed before the next one's are opened: who waits for this one may go on late.
func startProcess(c *Command, mark string) (*process, error) {
	p := &process{cmd: exec.Command(c.Argv[0], c.Argv[1:]...), exited: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), c.Env...), mark)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err := p.openPipes(c)
	if err == nil {
		err = p.cmd.Start()
	}
	closeAll(p.theirs)
	if err != nil {
		closeAll(p.ours)
		return nil, err
	}
	return p, nil
}

// openPipes makes the command's standard input, output and error, and the pipe on which it
// speaks of its task if somebody listens.
func (p *process) openPipes(c *Command) error {
	pipes := 3
	if c.Listen != nil {
		pipes++
	}
	for i := range pipes {
		ours, theirs, err := os.Pipe()
		if err != nil {
			return err
		}
		if i == 0 { // the only one that the command reads
			ours, theirs = theirs, ours
		}
		p.ours, p.theirs = append(p.ours, ours), append(p.theirs, theirs)
	}
	p.cmd.Stdin, p.stdin = p.theirs[0], p.ours[0]
	p.cmd.Stdout, p.stdout = p.theirs[1], newCapture(p.ours[1], c.ResultMax)
	p.cmd.Stderr, p.stderr = p.theirs[2], newTail(p.ours[2])
	if c.Listen != nil {
		p.cmd.ExtraFiles, p.speech = p.theirs[3:], newSpeech(p.ours[3])
		p.cmd.Env = append(p.cmd.Env, speechVariable)
	}
	return nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
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
