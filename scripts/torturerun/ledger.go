package main

import (
	"context"
	crand "crypto/rand"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"time"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

// ledger is what was acknowledged, told and executed in a round.
type ledger struct {
	rig  *rig
	rand *rand.Rand // its own, for it works beside what breaks the broker
	history

	small   bool // no body is a file of its own
	full    bool // a task may be refused for want of room
	forgets bool // the broker may forget what has ended at any time

	mu       sync.Mutex
	accepted map[string]journal.ID    // by key
	told     map[string]client.Result // by key
	arrays   map[string]array         // by key
	executed map[string]int           // by task and attempt
	begun    int                      // keys
}

// honest begins the names of the ledger's sessions.
const honest = "honest-"

func newLedger(r *rig) *ledger {
	return &ledger{
		rig: r, rand: rand.New(rand.NewPCG(r.rand.Uint64(), 0)), accepted: map[string]journal.ID{}, told: map[string]client.Result{}, arrays: map[string]array{}, executed: map[string]int{},
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

// kindLarge is a body that is a file of its own, and comes back.
var kindLarge = "large" + strings.Repeat("!", blobMin)

var kinds = []string{kindEcho, kindEcho, kindEcho, kindFlaky, kindFatal, kindSlow}

// largeEvery is of how many tasks one is large: what its client says next waits until
// that is written.
const largeEvery = 25

// work does an attempt.
func (l *ledger) work(ctx context.Context, t *worker.Task) ([]byte, error) {
	l.execute(attemptOf(t))
	return perform(ctx, t)
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
	ctx, cancel := l.rig.bounded(ctx)
	defer cancel()
	defer l.startWorkers(ctx)()
	l.submitAll(ctx, tasks)
}

// runWhile is run with load for as long as something else goes on.
func (l *ledger) runWhile(ctx context.Context, other func()) {
	defer l.startWorkers(ctx)()
	done := make(chan struct{})
	go func() {
		defer close(done)
		other()
	}()
	l.submitWhile(ctx, func(int) bool {
		select {
		case <-done:
			return false
		default:
			return true
		}
	})
	<-done
}

// startWorkers starts two.
func (l *ledger) startWorkers(ctx context.Context) (stop func()) {
	c := worker.Config{Name: "w0", Services: []string{"s"}, Slots: 4, Handler: l.work}
	first := l.rig.startWorker(ctx, c)
	c.Name = "w1"
	second := l.rig.startWorker(ctx, c)
	return func() {
		first()
		second()
	}
}

// submitAll submits tasks of all kinds, and waits until all have ended.
func (l *ledger) submitAll(ctx context.Context, tasks int) {
	l.submitWhile(ctx, func(begun int) bool { return begun < tasks })
}

// How many jobs are on their way at a time.
const (
	window     = 12
	windowLong = 400
)

// submitWhile submits tasks for as long as more says, which is told how many were
// submitted, and waits until all have ended.
func (l *ledger) submitWhile(ctx context.Context, more func(begun int) bool) {
	c, err := client.Dial(ctx, l.rig.endpoint(), client.Insecure(), client.WithSession(honest+crand.Text()))
	if err != nil {
		l.rig.find("client: %v", err)
		return
	}
	defer c.Close()
	room := make(chan struct{}, l.rig.size(window, windowLong))
	var all sync.WaitGroup
	begun := 0
	for ctx.Err() == nil && more(begun) {
		room <- struct{}{}
		tasks, do := l.nextJob()
		begun += tasks
		all.Go(func() {
			do(ctx, c)
			<-room
		})
	}
	all.Wait()
	l.rig.tasks(begun)
}

func (l *ledger) submit(ctx context.Context, c *client.Client, task client.Task) *client.Handle {
	op := l.begin(task.Key, opSubmit)
	h, err := c.Submit(ctx, task)
	if l.full && refusedAs(err, wire.CodeDiskFull) {
		return nil
	}
	if err != nil {
		l.rig.find("%s: submit: %v", task.Key, err)
		return nil
	}
	l.accept(op, h)
	return h
}

// awaitAccepted waits until so many tasks more are acknowledged.
func (l *ledger) awaitAccepted(ctx context.Context, more int) {
	for wanted := l.acceptances() + more; ctx.Err() == nil && l.acceptances() < wanted; {
		pause(ctx, time.Millisecond)
	}
}

// acceptances counts the tasks that are acknowledged.
func (l *ledger) acceptances() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accepted)
}

// accept notes that a task was acknowledged.
func (l *ledger) accept(op operation, h *client.Handle) {
	l.end(op, outcome{id: h.ID()})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accepted[op.key] = h.ID()
}

func (l *ledger) query(ctx context.Context, c *client.Client, key string, id journal.ID) {
	op := l.begin(key, opQuery)
	t, err := c.Query(ctx, id)
	l.answered(op, id, t.State, err)
}

func (l *ledger) cancel(ctx context.Context, c *client.Client, key string, id journal.ID) {
	op := l.begin(key, opCancel)
	t, err := c.Cancel(ctx, id, "enough")
	l.answered(op, id, t.State, err)
}

// answered notes how a task is told to be.
func (l *ledger) answered(op operation, id journal.ID, state journal.State, err error) {
	switch {
	case l.gone(err):
	case err != nil:
		l.rig.find("%s, task %s: %s: %v", op.key, id, op.kind, err)
	default:
		l.end(op, outcome{id, state})
	}
}

// gone tells whether an answer is that the task has ended and is forgotten, which may be.
func (l *ledger) gone(err error) bool { return l.forgets && refusedAs(err, wire.CodeGone) }

func refusedAs(err error, code wire.Code) bool {
	var refused *wire.Error
	return errors.As(err, &refused) && refused.Code == code
}

// wanted is how a task of each kind ends.
var wanted = map[string]journal.State{
	kindEcho: journal.Done, kindLarge: journal.Done, kindFlaky: journal.Done, kindFatal: journal.Failed, kindSlow: journal.Canceled,
}

func (l *ledger) wait(ctx context.Context, key, kind string, h *client.Handle) {
	op := l.begin(key, opEnd)
	result, err := h.Wait(ctx)
	if l.gone(err) {
		return
	}
	var bad *client.TaskError
	if err != nil && !errors.As(err, &bad) {
		l.rig.find("%s, task %s, has no end: %v", key, h.ID(), err)
		return
	}
	l.end(op, outcome{id: h.ID(), state: result.State})
	if result.State != wanted[kind] || !l.fitsResult(key, kind, result.Body) {
		l.rig.find("%s, task %s, a %.5s one, ended as %s (%s), result %.50q", key, h.ID(), kind, result.State, result.Reason, result.Body)
	}
	l.mu.Lock()
	first, known := l.told[key]
	l.told[key] = result
	l.mu.Unlock()
	if known && !reflect.DeepEqual(first, result) {
		l.rig.find("%s, task %s, is told to have ended as %+v and as %+v", key, h.ID(), first, result)
	}
}

// fitsResult tells whether a task of a kind, or an array of such, can have ended with
// this result.
func (l *ledger) fitsResult(key, kind string, result []byte) bool {
	l.mu.Lock()
	_, many := l.arrays[key]
	l.mu.Unlock()
	return many || wanted[kind] != journal.Done || string(result) == kind
}
