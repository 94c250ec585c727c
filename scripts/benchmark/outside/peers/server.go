package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"bcp/scripts/benchmark/internal/proc"
	"bcp/scripts/internal/process"
)

const (
	// startMax is how long a server may take to listen.
	startMax = 90 * time.Second

	// stopMax is how long it may take to end in order, before it is killed.
	stopMax = 10 * time.Second

	// retry is how long to wait before a server that isn't ready is asked again.
	retry = 100 * time.Millisecond

	// generations is how deep children of servers are looked for.
	generations = 3
)

// servers are the processes of a peer: this program starts them and ends them, by
// their process ids.
type servers struct {
	log     string
	end     syscall.Signal // what tells them to end
	started []*process.Process
}

func (s *servers) start(name string, args ...string) error {
	return s.startCmd(exec.Command(name, args...))
}

// startAt starts a server at a port of the loopback address on which nobody listens, which its
// command tells it. It returns the address, HOST:PORT, when the server listens.
func (s *servers) startAt(ctx context.Context, command func(port string) []string) (address string, err error) {
	port, err := process.FreePort()
	if err != nil {
		return "", err
	}
	argv := command(port)
	if err := s.start(argv[0], argv[1:]...); err != nil {
		return "", err
	}
	address = "127.0.0.1:" + port
	return address, s.listening(ctx, address)
}

// startCmd starts a server, which is killed should this program be.
func (s *servers) startCmd(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	p, err := process.Start(cmd, s.log)
	if err != nil {
		return err
	}
	s.started = append(s.started, p)
	return nil
}

// listening waits until somebody listens at the address, or the last server has ended.
func (s *servers) listening(ctx context.Context, address string) error {
	last := s.started[len(s.started)-1]
	if err := last.Listening(ctx, address, 20*time.Millisecond, startMax); err != nil {
		return fmt.Errorf("%s: %w", last.Name(), err)
	}
	return nil
}

// dial opens a connection, which is closed when the context ends.
func dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn, nil
}

// stop ends all, the last first: with a signal, which the server tells its children, and
// those that stay with a SIGKILL.
func (s *servers) stop() {
	for _, p := range slices.Backward(s.started) {
		p.StopFirst(s.end, stopMax)
	}
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
		ours[p.PID()] = true
	}
	pids := processes()
	for range generations {
		for _, pid := range pids {
			if parent, _, err := proc.Stat(pid); err == nil && ours[parent] { // else it has ended
				ours[pid] = true
			}
		}
	}
	for pid := range ours {
		if _, used, err := proc.Stat(pid); err == nil {
			sum += used
		}
	}
	return sum
}

// processes lists the ids of all processes.
func processes() (pids []int) {
	folders, _ := filepath.Glob("/proc/[0-9]*") // the pattern is right
	for _, folder := range folders {
		if pid, err := strconv.Atoi(filepath.Base(folder)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
