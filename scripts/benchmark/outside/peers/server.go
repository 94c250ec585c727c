package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	// startMax is how long a server may take to listen.
	startMax = 90 * time.Second

	// stopMax is how long it may take to end in order, before it is killed.
	stopMax = 10 * time.Second

	// retry is how long to wait before a server that isn't ready is asked again.
	retry = 100 * time.Millisecond

	// tick is the unit of the times in /proc/PID/stat.
	tick = 10 * time.Millisecond
)

// servers are the processes of a peer: this program starts them and ends them, by
// their process ids.
type servers struct {
	log     string
	started []*process
}

type process struct {
	*exec.Cmd
	gone chan error
}

// start starts a program. It gets a process group of its own: a signal from a terminal
// is for us to handle.
func (s *servers) start(name string, args ...string) error {
	return s.startCmd(exec.Command(name, args...))
}

func (s *servers) startCmd(cmd *exec.Cmd) error {
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd, make(chan error, 1)}
	go func() { p.gone <- cmd.Wait() }()
	s.started = append(s.started, p)
	return nil
}

// listening waits until somebody listens at the address, or the last server has ended.
func (s *servers) listening(ctx context.Context, address string) error {
	last := s.started[len(s.started)-1]
	for deadline := time.Now().Add(startMax); time.Now().Before(deadline); {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case err := <-last.gone:
			last.gone <- err
			return fmt.Errorf("%s has ended: %v", last.Path, err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("nobody listens at %s after %v", address, startMax)
}

// stop ends all, the last first, with a SIGTERM, and those that stay with a SIGKILL of
// their group.
func (s *servers) stop() (err error) {
	for i := len(s.started) - 1; i >= 0; i-- {
		p := s.started[i]
		if e := p.Process.Signal(syscall.SIGTERM); e != nil && !errors.Is(e, os.ErrProcessDone) {
			err = errors.Join(err, e)
		}
		select {
		case <-p.gone:
		case <-time.After(stopMax):
		}
		_ = syscall.Kill(-p.Process.Pid, syscall.SIGKILL) // ESRCH: nobody is left
	}
	return err
}

// words returns the end of what the servers have logged.
func (s *servers) words() string {
	log, err := os.ReadFile(s.log)
	if err != nil || len(log) == 0 {
		return "its server has logged nothing"
	}
	return "its server has logged: " + string(log[max(0, len(log)-1000):])
}

// cpu returns the processor time that the servers and their children have used so far.
func (s *servers) cpu() (sum time.Duration) {
	ours := map[int]bool{}
	for _, p := range s.started {
		ours[p.Process.Pid] = true
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for range 3 {                                  // children of children of children
		for _, path := range stats {
			if pid, parent, _, ok := stat(path); ok && ours[parent] {
				ours[pid] = true
			}
		}
	}
	for _, path := range stats {
		if pid, _, used, ok := stat(path); ok && ours[pid] {
			sum += used
		}
	}
	return sum
}

// stat reads a process's id, its parent's, and the processor time that it has used.
func stat(path string) (pid, parent int, used time.Duration, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, 0, false // it has ended
	}
	pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(path)))
	// The name, in parentheses, may hold spaces; the fields after it are counted from 3.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	number := func(field int) int {
		n, _ := strconv.Atoi(string(fields[field-3]))
		return n
	}
	return pid, number(4), time.Duration(number(14)+number(15)) * tick, true
}

// freePort finds a port on which nobody listens.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
