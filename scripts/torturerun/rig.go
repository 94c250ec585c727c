package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"bcp/scripts/internal/process"
	"bcp/worker"
)

// rig is one round: a folder, a broker that is started again whenever it ends, and
// what is seen of it.
type rig struct {
	settings
	seed uint64 // of this round
	dir  string // of this round
	data string // of the journal: dir, but for the trial that makes it a disk
	// listen is the broker's address, but for an ipc one in dir.
	listen string
	rand   *rand.Rand
	say    func(string) // tells the user how far a long round is
	args   []string     // for the broker, beside the usual

	// wrap returns what the broker is run under in its nth life, from 0.
	wrap func(life int) []string

	mu       sync.Mutex
	broker   *process.Process
	lives    int
	stopping bool
	over     chan struct{} // closed when the supervisor has ended
	tally    tally
}

// tally is what a trial did.
type tally struct {
	rounds, faults, restarts, tasks int

	memory   int64         // the most bytes that a broker had of its own
	away     time.Duration // the longest from a broker's end to the next one's being ready
	findings []string
}

func (t *tally) add(o tally) {
	t.rounds += o.rounds
	t.faults += o.faults
	t.restarts += o.restarts
	t.tasks += o.tasks
	t.memory = max(t.memory, o.memory)
	t.away = max(t.away, o.away)
	t.findings = append(t.findings, o.findings...)
}

// find notes what must not be.
func (r *rig) find(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.tally.findings) < findingsMax {
		r.tally.findings = append(r.tally.findings, fmt.Sprintf(format, args...))
	}
}

// findingsMax bounds what is told of one round: one mistake shows in many tasks.
const findingsMax = 20

func (r *rig) fault() {
	r.mu.Lock()
	r.tally.faults++
	r.mu.Unlock()
}

func (r *rig) tasks(n int) {
	r.mu.Lock()
	r.tally.tasks += n
	r.mu.Unlock()
}

func (r *rig) db() string       { return filepath.Join(r.data, "bcp.db") }
func (r *rig) endpoint() string { return cmp.Or(r.listen, "ipc://"+filepath.Join(r.dir, "peers")) }

// blobMin is from how many bytes on a payload is a file of its own.
const blobMin = 4 << 10

// command is how the broker is called in its nth life.
func (r *rig) command(life int) []string {
	var argv []string
	if r.wrap != nil {
		argv = r.wrap(life)
	}
	argv = append(argv, filepath.Join(r.bin, "bcp-broker"), "--db", r.db(), "--listen", r.endpoint(),
		"--admin", "unix:"+filepath.Join(r.dir, "admin"), "--heartbeat", "200ms", "--reattach-grace", "2s",
		"--blob-min", strconv.Itoa(blobMin))
	return append(argv, r.args...)
}

// supervise starts the broker, and again whenever it has ended, until stop or die.
func (r *rig) supervise(ctx context.Context) {
	r.stopping, r.over = false, make(chan struct{})
	go func() {
		defer close(r.over)
		for ended := (time.Time{}); ctx.Err() == nil; ended = time.Now() {
			p := r.launch()
			if p == nil {
				return
			}
			if !ended.IsZero() {
				r.awaitReady(p, ended)
			}
			select {
			case <-p.Done():
			case <-ctx.Done():
				p.Kill()
			}
		}
	}()
}

// awaitReady notes how long there was no broker, if this one becomes ready.
func (r *rig) awaitReady(p *process.Process, since time.Time) {
	for !p.Ended() {
		if log, _ := os.ReadFile(p.Log); bytes.Contains(log, []byte("broker is ready")) {
			r.mu.Lock()
			r.tally.away = max(r.tally.away, time.Since(since))
			r.mu.Unlock()
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// launch begins the next life of the broker; nil if there is to be none.
func (r *rig) launch() *process.Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return nil
	}
	if r.lives > 0 {
		r.tally.restarts++
	}
	log := filepath.Join(r.dir, fmt.Sprintf("broker-%d.log", r.lives))
	argv := r.command(r.lives)
	p, err := process.Start(exec.Command(argv[0], argv[1:]...), log)
	if err != nil {
		r.tally.findings = append(r.tally.findings, fmt.Sprintf("the broker can't be started: %v", err))
		return nil
	}
	r.broker = p
	r.lives++
	go r.watchMemory(p)
	return p
}

// current returns the broker of the moment.
func (r *rig) current() *process.Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broker
}

// stopMax is how long a broker may take to end in order, before it is killed.
const stopMax = 20 * time.Second

// stop ends the broker in order, and the supervisor with it.
func (r *rig) stop() { r.end(func(p *process.Process) { p.Stop(stopMax) }) }

// die is stop by a kill.
func (r *rig) die() { r.end((*process.Process).Kill) }

func (r *rig) end(how func(*process.Process)) {
	r.mu.Lock()
	r.stopping = true
	p := r.broker
	r.mu.Unlock()
	if p != nil {
		how(p)
	}
	<-r.over
}

// startWorker has a worker of this process work until it is stopped, or ctx is done.
func (r *rig) startWorker(ctx context.Context, c worker.Config) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	c.Broker, c.DrainTimeout = r.endpoint(), -1
	w, err := worker.New(c)
	if err != nil {
		r.find("worker: %v", err)
		return cancel
	}
	var all sync.WaitGroup
	all.Go(func() { _ = w.Run(ctx) }) // it ends with ctx, and says so
	return func() {
		cancel()
		all.Wait()
	}
}

// roundMax is how long a round may take until all its tasks have ended: far more than
// any needs, also one of a long run on a machine that has other work.
const (
	roundMax     = 2 * time.Minute
	roundMaxLong = 10 * time.Minute
)

// bounded ends a round that hangs.
func (r *rig) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.long {
		return context.WithTimeout(ctx, roundMaxLong)
	}
	return context.WithTimeout(ctx, roundMax)
}

// newRig makes the folder of a round.
func newRig(s settings, seed uint64) (*rig, error) {
	dir, err := os.MkdirTemp("", fmt.Sprintf("bcp-torture-%d-", seed))
	if err != nil {
		return nil, err
	}
	return &rig{settings: s, seed: seed, dir: dir, data: dir, rand: rand.New(rand.NewPCG(seed, 0))}, nil
}

// size returns how much of something a round does: in a long run it is more.
func (r *rig) size(short, long int) int {
	if r.long {
		return long
	}
	return short
}
