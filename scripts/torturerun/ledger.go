package main

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// ledger is what was acknowledged, told and executed in a round.
type ledger struct {
	rig  *rig
	rand *rand.Rand // its own, for it works beside what breaks the broker
	history

	mu       sync.Mutex
	accepted map[string]journal.ID    // by key
	told     map[string]client.Result // by key
	executed map[string]int           // by task and attempt
	begun    int                      // tasks, for their keys
}

// honest begins the names of the ledger's sessions.
const honest = "honest-"

func newLedger(r *rig) *ledger {
	return &ledger{
		rig: r, rand: rand.New(rand.NewPCG(r.rand.Uint64(), 0)), accepted: map[string]journal.ID{}, told: map[string]client.Result{}, executed: map[string]int{},
		history: history{began: time.Now()},
	}
}

// Kinds of tasks, which their bodies name.
const (
	kindEcho  = "echo"  // gives its body back
	kindFlaky = "flaky" // fails at the first attempt
	kindFatal = "fatal" // fails at every attempt
	kindSlow  = "slow"  // runs until it is canceled
)

var kinds = []string{kindEcho, kindEcho, kindEcho, kindFlaky, kindFatal, kindSlow}

// work does an attempt.
func (l *ledger) work(ctx context.Context, t *worker.Task) ([]byte, error) {
	l.execute(fmt.Sprintf("%s-%d", t.ID, t.Attempt))
	kind := string(t.Body)
	switch {
	case kind == kindSlow:
		<-ctx.Done()
		return nil, ctx.Err()
	case kind == kindFatal, kind == kindFlaky && t.Attempt == 1:
		return nil, errors.New("fails on purpose")
	}
	return t.Body, nil
}

func (l *ledger) execute(attempt string) {
	l.mu.Lock()
	l.executed[attempt]++
	twice := l.executed[attempt] > 1
	l.mu.Unlock()
	if twice {
		l.rig.find("attempt %s was executed twice", attempt)
	}
}

// run has workers and clients of this process live one round's load: so many tasks
// of all kinds, a few at a time. It returns when all have ended and are told.
func (l *ledger) run(ctx context.Context, tasks int) {
	ctx, cancel := context.WithTimeout(ctx, roundMax)
	defer cancel()
	workers := l.startWorkers(ctx, 2)
	l.submitAll(ctx, tasks)
	cancel()
	workers.Wait()
}

// runWhile is run with load for as long as something else goes on.
func (l *ledger) runWhile(ctx context.Context, other func()) {
	working, cancel := context.WithCancel(ctx)
	workers := l.startWorkers(working, 2)
	done := make(chan struct{})
	go func() {
		defer close(done)
		other()
	}()
	for over := false; !over && ctx.Err() == nil; {
		select {
		case <-done:
			over = true
		default:
		}
		l.submitAll(ctx, window)
	}
	<-done
	cancel()
	workers.Wait()
}

func (l *ledger) startWorkers(ctx context.Context, n int) *sync.WaitGroup {
	var all sync.WaitGroup
	for i := range n {
		w, err := worker.New(worker.Config{
			Broker: l.rig.endpoint(), Name: fmt.Sprintf("w%d", i), Services: []string{"s"}, Slots: 4, Handler: l.work,
			DrainTimeout: -1,
		})
		if err != nil {
			l.rig.find("worker: %v", err)
			continue
		}
		all.Go(func() { _ = w.Run(ctx) }) // it ends with ctx, and says so
	}
	return &all
}

// window is how many tasks are on their way at a time.
const window = 12

func (l *ledger) submitAll(ctx context.Context, tasks int) {
	c, err := client.Dial(ctx, l.rig.endpoint(), client.Insecure(), client.WithSession(honest+crand.Text()))
	if err != nil {
		l.rig.find("client: %v", err)
		return
	}
	defer c.Close()
	room := make(chan struct{}, window)
	var all sync.WaitGroup
	for range tasks {
		room <- struct{}{}
		kind, key := kinds[l.rand.IntN(len(kinds))], fmt.Sprintf("task-%d", l.begun)
		l.begun++
		all.Go(func() {
			l.runTask(ctx, c, key, kind)
			<-room
		})
	}
	all.Wait()
	l.rig.mu.Lock()
	l.rig.tally.tasks += tasks
	l.rig.mu.Unlock()
}

// runTask submits a task, and again when it is accepted, asks after it, cancels it
// if nothing else would end it, and waits for its end.
func (l *ledger) runTask(ctx context.Context, c *client.Client, key, kind string) {
	task := client.Task{Service: "s", Body: []byte(kind), Key: key, Tries: 2, LossMax: 1000}
	h := l.submit(ctx, c, key, task)
	if h == nil {
		return
	}
	if again := l.submit(ctx, c, key, task); again == nil || again.ID() != h.ID() {
		l.rig.find("%s was accepted as task %s, and submitting it again gave another one, or nothing", key, h.ID())
	}
	var asking sync.WaitGroup
	asking.Go(func() { l.query(ctx, c, key, h.ID()) })
	if kind == kindSlow {
		l.cancel(ctx, c, key, h.ID())
	}
	l.wait(ctx, key, kind, h)
	asking.Wait()
	l.query(ctx, c, key, h.ID())
}

func (l *ledger) submit(ctx context.Context, c *client.Client, key string, task client.Task) *client.Handle {
	op := l.begin(key, opSubmit)
	h, err := c.Submit(ctx, task)
	if err != nil {
		l.rig.find("%s: submit: %v", key, err)
		return nil
	}
	l.end(op, outcome{id: h.ID()})
	l.mu.Lock()
	l.accepted[key] = h.ID()
	l.mu.Unlock()
	return h
}

func (l *ledger) query(ctx context.Context, c *client.Client, key string, id journal.ID) {
	op := l.begin(key, opQuery)
	t, err := c.Query(ctx, id)
	if err != nil {
		l.rig.find("%s, task %s: query: %v", key, id, err)
		return
	}
	l.end(op, outcome{id: id, state: t.State})
}

func (l *ledger) cancel(ctx context.Context, c *client.Client, key string, id journal.ID) {
	op := l.begin(key, opCancel)
	t, err := c.Cancel(ctx, id, "enough")
	if err != nil {
		l.rig.find("%s, task %s: cancel: %v", key, id, err)
		return
	}
	l.end(op, outcome{id: id, state: t.State})
}

// wanted is how a task of each kind ends.
var wanted = map[string]journal.State{
	kindEcho: journal.Done, kindFlaky: journal.Done, kindFatal: journal.Failed, kindSlow: journal.Canceled,
}

func (l *ledger) wait(ctx context.Context, key, kind string, h *client.Handle) {
	op := l.begin(key, opEnd)
	result, err := h.Wait(ctx)
	var bad *client.TaskError
	if err != nil && !errors.As(err, &bad) {
		l.rig.find("%s, task %s, has no end: %v", key, h.ID(), err)
		return
	}
	l.end(op, outcome{id: h.ID(), state: result.State})
	if result.State != wanted[kind] || kind == kindEcho && string(result.Body) != kind {
		l.rig.find("%s, task %s, a %s one, ended as %s (%s), result %q", key, h.ID(), kind, result.State, result.Reason, result.Body)
	}
	l.mu.Lock()
	l.told[key] = result
	l.mu.Unlock()
}
