package session_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/client/session"
	"bcp/journal"
)

// TestLossyNetwork runs sessions against a broker that restarts, over a network that
// drops and doubles messages, and is congested now and then. Afterwards everything else
// works, and every task must be there once, and its end told once.
func TestLossyNetwork(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			w := newWorld(seed)
			for w.now < 2*time.Minute {
				w.turn()
			}
			w.calm = true
			for w.now < 6*time.Minute {
				w.turn()
			}
			w.check(t)
		})
	}
}

// world is a session with its broker and the network between them.
type world struct {
	rand    *rand.Rand
	now     time.Duration
	calm    bool // nothing goes wrong any more
	session *session.Session

	submitted int
	accepts   map[any]int
	ends      map[any]int

	keys    map[string]journal.ID // the broker's journal
	ended   map[journal.ID]bool
	unacked map[journal.ID]bool // ends that this run of the broker has to tell
	watched map[journal.ID]bool // tasks whose end this run of the broker will tell
	known   bool                // this run of the broker has the session
	epoch   uint64
}

func newWorld(seed uint64) *world {
	w := &world{
		rand:    rand.New(rand.NewPCG(seed, 0)),
		session: session.New(session.Config{Name: "s"}),
		accepts: map[any]int{}, ends: map[any]int{},
		keys: map[string]journal.ID{}, ended: map[journal.ID]bool{},
	}
	w.restart()
	w.session.Connected(0)
	return w
}

// restart makes the broker forget all but its journal.
func (w *world) restart() {
	w.epoch++
	w.known, w.unacked, w.watched = false, map[journal.ID]bool{}, map[journal.ID]bool{}
}

// turn lets half a second pass, and some things happen.
func (w *world) turn() {
	w.now += 500 * time.Millisecond
	if !w.calm {
		w.submit()
		if w.rand.IntN(60) == 0 {
			w.restart()
		}
	}
	w.work()
	w.session.Congested(w.now, w.rand.IntN(3) == 0)
	w.session.Tick(w.now)
	e := w.session.Take(w.now)
	for _, ev := range e.Events {
		w.count(ev)
	}
	if e.Reconnect {
		w.session.Connected(w.now)
	}
	for _, m := range e.Sends {
		w.carry(func() { w.broker(m) })
	}
}

// carry takes a message over the network: not at all, once, or twice.
func (w *world) carry(deliver func()) {
	times := 1
	if !w.calm {
		times = []int{0, 1, 1, 2}[w.rand.IntN(4)]
	}
	for range times {
		deliver()
	}
}

// submit asks for a task, or for several at once. IDs are of one byte.
func (w *world) submit() {
	switch n := w.rand.IntN(10); {
	case n < 3 || w.submitted > 240:
	case n < 5:
		w.submitBatch(1 + w.rand.IntN(4))
	default:
		w.submitted++
		w.session.Submit(w.now, &wire.Submit{Spec: &journal.Spec{}}, w.submitted)
	}
}

func (w *world) submitBatch(tasks int) {
	m := &wire.SubmitBatch{Submits: make([]wire.Submit, tasks)}
	var tags []any
	for i := range m.Submits {
		w.submitted++
		m.Submits[i].Spec = &journal.Spec{}
		tags = append(tags, w.submitted)
	}
	w.session.SubmitBatch(w.now, m, tags)
}

func (w *world) count(ev session.Event) {
	switch ev.Msg.(type) {
	case *wire.Accepted:
		w.accepts[ev.Tag]++
	case *wire.Ended:
		w.ends[ev.Tag]++
	}
}

// work ends tasks, in order, and tells the ends that are to be told.
func (w *world) work() {
	if w.known {
		w.say(&wire.Beat{})
	}
	for n := range byte(len(w.keys)) {
		id := id(n + 1)
		if !w.ended[id] && w.rand.IntN(4) == 0 {
			w.ended[id] = true
		}
		if w.ended[id] && w.watched[id] {
			delete(w.watched, id)
			w.unacked[id] = true
		}
		if w.known && w.unacked[id] {
			w.say(ended(n + 1))
		}
	}
}

func (w *world) say(m wire.Message) {
	w.carry(func() { w.session.Step(w.now, m) })
}

// broker is as much of a broker as a session can tell.
func (w *world) broker(m wire.Message) {
	if hello, ok := m.(*wire.Hello); ok && hello.Session == "s" {
		w.say(&wire.Welcome{Epoch: w.epoch, Resumed: w.known, HeartbeatMS: 2500, Liveness: 3, OutstandingMax: 3})
		w.known = true
		return
	}
	if !w.known {
		w.say(&wire.Refuse{Code: wire.CodeUnknownPeer})
		return
	}
	switch m := m.(type) {
	case *wire.Submit:
		a := w.accept(m)
		a.Req = m.Req
		w.say(&a)
	case *wire.SubmitBatch:
		answer := &wire.BatchAccepted{Req: m.Req}
		for i := range m.Submits {
			answer.Accepted = append(answer.Accepted, w.accept(&m.Submits[i]))
		}
		w.say(answer)
	case *wire.Wait:
		for _, id := range m.Tasks {
			w.watched[id] = true
		}
	case *wire.EndedAck:
		delete(w.unacked, m.Task)
	}
}

func (w *world) accept(m *wire.Submit) wire.Accepted {
	task, known := w.keys[m.Spec.Key]
	if !known {
		task = id(byte(len(w.keys) + 1))
		w.keys[m.Spec.Key] = task
	}
	w.watched[task] = true
	state := journal.Pending
	if w.ended[task] {
		state = journal.Done
	}
	return wire.Accepted{Task: task, State: state, Known: known}
}

func (w *world) check(t *testing.T) {
	t.Helper()
	if len(w.keys) != w.submitted {
		t.Errorf("%d tasks were submitted, %d are in the journal", w.submitted, len(w.keys))
	}
	for tag := 1; tag <= w.submitted; tag++ {
		if w.accepts[tag] != 1 || w.ends[tag] != 1 {
			t.Errorf("task %d was accepted %d times and ended %d times", tag, w.accepts[tag], w.ends[tag])
		}
	}
	if n, m := w.session.Unanswered(), w.session.Tasks(); n+m > 0 {
		t.Errorf("%d requests and %d tasks are left in the session", n, m)
	}
}
