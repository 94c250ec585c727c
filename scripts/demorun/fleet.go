package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// fleet is the broker and the workers, as processes of their own.
type fleet struct {
	bin, dir string
	endpoint string
	broker   *process
	workers  []*process
}

// process is a program that was started, and the log that it writes.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{}
}

func newFleet(bin, dir string) *fleet {
	return &fleet{bin: bin, dir: dir, endpoint: "ipc://" + filepath.Join(dir, "bcp.ipc")}
}

func (f *fleet) startAll(ctx context.Context) error {
	if err := f.startBroker(ctx); err != nil {
		return err
	}
	for i := range workers {
		p, err := f.startWorker(ctx, i)
		if err != nil {
			return err
		}
		f.workers = append(f.workers, p)
	}
	return nil
}

func (f *fleet) startBroker(ctx context.Context) error {
	p, err := f.start(ctx, "bcp-broker", "broker is ready",
		"--db", filepath.Join(f.dir, "bcp.db"), "--listen", f.endpoint,
		"--admin", "unix:"+filepath.Join(f.dir, "admin.sock"), "--heartbeat", "500ms")
	f.broker = p
	return err
}

func (f *fleet) startWorker(ctx context.Context, i int) (*process, error) {
	command, err := filepath.Abs("scripts/demo-task")
	if err != nil {
		return nil, err
	}
	return f.start(ctx, "bcp-worker", "registered",
		"--broker", f.endpoint, "--name", fmt.Sprintf("worker-%d", i+1), "--service", service, "--", command)
}

// start runs a program and waits until its log has the word that says that it
// is ready.
func (f *fleet) start(ctx context.Context, program, ready string, args ...string) (*process, error) {
	log, err := os.CreateTemp(f.dir, program+"-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{name: program, log: log.Name(), done: make(chan struct{})}
	p.cmd = exec.Command(filepath.Join(f.bin, program), args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // its log tells why it ended
	}()
	return p, p.await(ctx, ready)
}

// await polls the log, which is a file so that it outlives everybody.
func (p *process) await(ctx context.Context, ready string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(p.log)
		if err != nil || strings.Contains(string(text), ready) {
			return err
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("%s ended: %s", p.name, lastLine(p.log))
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready: %s", p.name, lastLine(p.log))
		}
	}
}

// disaster kills the broker and a worker, and starts both again.
func (f *fleet) disaster(ctx context.Context, say func(string)) error {
	say(fmt.Sprintf("kill -9 of the broker (pid %d) and of worker-1 (pid %d)", f.broker.kill(), f.workers[0].kill()))
	if err := f.startBroker(ctx); err != nil {
		return err
	}
	p, err := f.startWorker(ctx, 0)
	if err != nil {
		return err
	}
	f.workers[0] = p
	say("both are back, and the broker has replayed its journal")
	return nil
}

// kill ends a process with SIGKILL and returns its pid.
func (p *process) kill() int {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
	return p.cmd.Process.Pid
}

// stopAll ends what runs, the workers first, and waits for it.
func (f *fleet) stopAll() {
	all := f.workers
	if f.broker != nil {
		all = append(all, f.broker)
	}
	for _, p := range all {
		if p == nil {
			continue
		}
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(10 * time.Second):
			p.kill()
		}
	}
}

func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	last := "nothing in its log"
	for lines := bufio.NewScanner(f); lines.Scan(); {
		last = lines.Text()
	}
	return last
}
