package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// Options say which life is simulated.
type Options struct {
	Seed    uint64
	Steps   int       // how many steps there are before the faults stop; default 60
	Mistake Mistake   // a mistake that the oracle has to find; default none
	Trace   io.Writer // gets a line for every event; nil: nothing is written
	Real    bool      // the journal is a real one; otherwise it is in some lives only
}

// Result is the outcome of a life.
type Result struct {
	Err      error // the first promise that was broken; nil if all were kept
	Tasks    int   // how many tasks were journaled
	Events   int
	Coverage Coverage
}

// world is everything that one life consists of.
type world struct {
	plan    plan
	mistake Mistake
	rand    *rand.Rand
	trace   io.Writer
	cover   Coverage

	now    time.Duration // since the life began
	agenda agenda
	order  uint64 // of the next event
	events int
	healed bool          // no more faults
	healAt time.Duration // when that was

	net      *network
	broker   *process
	oracle   *oracle
	workers  []*worker
	twin     *worker // of one of them, if there was one
	clients  []*client
	workers1 []*worker1
	clients1 []*client1
	liars    []*liar
	operator *operator
}

// Run simulates the life that the options say.
func Run(o Options) (result Result) {
	if o.Steps == 0 {
		o.Steps = 60
	}
	w := newWorld(o)
	defer func() {
		if p := recover(); p != nil {
			result.Err = w.verdict(p)
		}
		w.broker.disk.remove()
		result.Tasks, result.Events, result.Coverage = w.oracle.total(), w.events, w.cover
	}()
	w.populate()
	w.direct(o.Steps)
	w.settle()
	return result
}

func newWorld(o Options) *world {
	w := &world{
		rand:    rand.New(rand.NewPCG(o.Seed, 0x5eed)),
		mistake: o.Mistake, trace: o.Trace, cover: Coverage{},
	}
	w.plan = newPlan(w.rand)
	w.oracle = newOracle(w)
	w.net = newNetwork(w)
	w.broker = newProcess(w, newDisk(w, o))
	w.operator = newOperator(w)
	return w
}

// populate starts the broker and everybody who speaks with it.
func (w *world) populate() {
	w.broker.start()
	for i := range w.plan.workers {
		w.workers = append(w.workers, newWorker(w, i))
	}
	for i := range w.plan.workers1 {
		w.workers1 = append(w.workers1, newWorker1(w, i))
	}
	for i := range w.plan.clients {
		w.clients = append(w.clients, newClient(w, i))
	}
	for i := range w.plan.clients1 {
		w.clients1 = append(w.clients1, newClient1(w, i))
	}
	for i := range w.plan.liars {
		w.liars = append(w.liars, newLiar(w, i))
	}
}

// broken is a promise that was not kept.
type broken struct{ text string }

// fail ends the life: a promise was broken.
func (w *world) fail(format string, args ...any) {
	panic(broken{fmt.Sprintf(format, args...)})
}

// verdict makes an error of a panic, which may be the core's own.
func (w *world) verdict(p any) error {
	if b, ok := p.(broken); ok {
		w.note("BROKEN %s", b.text)
		return fmt.Errorf("at %v: %s", w.now, b.text)
	}
	w.note("PANIC %v", p)
	return fmt.Errorf("at %v: panic: %v\n%s", w.now, p, debug.Stack())
}

// note writes a line of the trace.
func (w *world) note(format string, args ...any) {
	if w.trace != nil {
		fmt.Fprintf(w.trace, "%12v  %s\n", w.now, fmt.Sprintf(format, args...))
	}
}

// fault tells whether a fault happens that does so in so many of a thousand
// cases. None does once the world is healed.
func (w *world) fault(permille int) bool {
	return !w.healed && w.chance(permille)
}

// chance tells whether something happens that does so in so many of a thousand
// cases.
func (w *world) chance(permille int) bool { return w.rand.IntN(1000) < permille }

// upTo returns a time between 0 and the limit.
func (w *world) upTo(limit time.Duration) time.Duration {
	return time.Duration(w.rand.Int64N(int64(limit) + 1))
}

// pick returns one of the list, which is not empty.
func pick[T any](w *world, list []T) T { return list[w.rand.IntN(len(list))] }
