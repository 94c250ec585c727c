package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"bcp/scripts/internal/process"
)

// fleet is the broker and the workers, as processes of their own.
type fleet struct {
	bin, dir string
	endpoint string
	broker   *process.Process
	workers  []*process.Process
	started  int // processes so far: each has a log of its own
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

func (f *fleet) startWorker(ctx context.Context, i int) (*process.Process, error) {
	command, err := filepath.Abs("scripts/demo-task")
	if err != nil {
		return nil, err
	}
	return f.start(ctx, "bcp-worker", "registered",
		"--broker", f.endpoint, "--name", fmt.Sprintf("worker-%d", i+1), "--service", service, "--", command)
}

// start runs a program and waits until its log has the word that says that it
// is ready.
func (f *fleet) start(ctx context.Context, program, ready string, args ...string) (*process.Process, error) {
	f.started++
	log := filepath.Join(f.dir, fmt.Sprintf("%s-%d.log", program, f.started))
	p, err := process.Start(exec.Command(filepath.Join(f.bin, program), args...), log)
	if err != nil {
		return nil, err
	}
	if err := await(ctx, p, ready); err != nil {
		p.Stop(stopMax)
		return nil, err
	}
	return p, nil
}

// await polls the log, which is a file so that it outlives everybody.
func await(ctx context.Context, p *process.Process, ready string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(p.Log)
		if err != nil || strings.Contains(string(text), ready) {
			return err
		}
		select {
		case <-tick.C:
		case <-p.Done():
			return fmt.Errorf("%s ended: %s", p.Name(), lastLine(p.Log))
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready: %s", p.Name(), lastLine(p.Log))
		}
	}
}

// disaster kills the broker and a worker, and starts both again.
func (f *fleet) disaster(ctx context.Context, say func(string)) error {
	f.broker.Kill()
	f.workers[0].Kill()
	say(fmt.Sprintf("kill -9 of the broker (pid %d) and of worker-1 (pid %d)", f.broker.PID(), f.workers[0].PID()))
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

// stopMax is how long a process may take to end in order, before it is killed.
const stopMax = 10 * time.Second

// stopAll ends what runs, the workers first, and waits for it.
func (f *fleet) stopAll() {
	all := f.workers
	if f.broker != nil {
		all = append(all, f.broker)
	}
	for _, p := range all {
		p.Stop(stopMax)
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
