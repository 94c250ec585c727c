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

	"bcp/scripts/internal/process"
)

// taskScript does what the body says; its argument is a file that lists what was
// executed.
const taskScript = `echo "$BCP_TASK_ID-$BCP_ATTEMPT" >>"$1"
kind=$(cat)
case $kind in
slow) exec sleep 1000 ;;
fatal) exit 1 ;;
flaky) [ "$BCP_ATTEMPT" -gt 1 ] || exit 1 ;;
esac
printf %s "$kind"`

// fleet is worker processes, which are started again when they have ended.
type fleet struct {
	rig     *rig
	workers []*process.Process
	runs    string // the file that lists what was executed

	commands int // workers of a command, the first ones
}

// startFleet starts so many workers of a command, and some of package worker, which do
// far more.
func startFleet(r *rig, commands, quick int) (*fleet, error) {
	f := &fleet{rig: r, workers: make([]*process.Process, commands+quick), commands: commands, runs: filepath.Join(r.dir, "runs")}
	for i := range f.workers {
		if err := f.start(i); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *fleet) start(i int) error {
	common := []string{"--broker", f.rig.endpoint(), "--name", fmt.Sprintf("w%d", i)}
	argv := append([]string{filepath.Join(f.rig.bin, "torturerun"), workerCommand, "--runs", f.runs}, common...)
	if i < f.commands {
		argv = append([]string{filepath.Join(f.rig.bin, "bcp-worker")}, common...)
		argv = append(argv, "--service", "s", "--slots", "4", "--insecure", "--", "sh", "-c", taskScript, "sh", f.runs)
	}
	p, err := process.Start(exec.Command(argv[0], argv[1:]...), filepath.Join(f.rig.dir, fmt.Sprintf("worker-%d.log", i)))
	f.workers[i] = p
	return err
}

func (f *fleet) killAll() {
	for _, p := range f.workers {
		p.Kill()
	}
}

// check tells which attempts were executed twice.
func (f *fleet) check() {
	text, err := os.ReadFile(f.runs)
	if err != nil {
		f.rig.find("nothing was executed: %v", err)
		return
	}
	seen := map[string]bool{}
	for _, attempt := range strings.Fields(string(text)) {
		if seen[attempt] {
			f.rig.find("attempt %s was executed twice", attempt)
		}
		seen[attempt] = true
	}
}

// killRound kills the broker and workers while they work.
func killRound(ctx context.Context, r *rig) error {
	return disturb(ctx, r, r.size(200, 10_000), func(f *fleet) error {
		if i := r.rand.IntN(len(f.workers) + 2); i < len(f.workers) {
			f.workers[i].Kill()
			return f.start(i)
		}
		r.current().Kill()
		return nil
	})
}

// freezeRound stops the broker and workers for a while, and lets them go on.
func freezeRound(ctx context.Context, r *rig) error {
	return disturb(ctx, r, r.size(60, 3000), func(f *fleet) error {
		p := r.current()
		if i := r.rand.IntN(len(f.workers) + 1); i < len(f.workers) {
			p = f.workers[i]
		}
		p.Signal(syscall.SIGSTOP)
		pause(ctx, r.upTo(3500*time.Millisecond))
		p.Signal(syscall.SIGCONT)
		return nil
	})
}

// disturb runs a load on worker processes, with a disaster now and then.
func disturb(ctx context.Context, r *rig, tasks int, disaster func(*fleet) error) error {
	r.supervise(ctx)
	f, err := startFleet(r, r.size(3, 1), r.size(0, 2))
	if err != nil {
		return err
	}
	defer f.killAll()
	l := newLedger(r)
	submit := func() {
		limited, cancel := r.bounded(ctx)
		defer cancel()
		l.submitAll(limited, tasks)
	}
	err = r.meanwhile(submit, func() error { return disaster(f) })
	r.stop()
	l.check()
	f.check()
	return err
}

// meanwhile runs a load, and lets disasters happen until it is through.
func (r *rig) meanwhile(load func(), disaster func() error) error {
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		load()
	}()
	for {
		select {
		case <-loaded:
			return nil
		case <-time.After(time.Duration(20+r.rand.IntN(r.size(400, 150))) * time.Millisecond):
			r.fault()
			if err := disaster(); err != nil {
				return err
			}
		}
	}
}

// upTo returns some time below d.
func (r *rig) upTo(d time.Duration) time.Duration { return time.Duration(r.rand.Int64N(int64(d))) }

// pause waits, or until ctx is done.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
