package sim

import (
	"math/rand/v2"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// action is one step of the first part of a life.
type action int

const (
	actSubmit action = iota
	actSubmitAgain
	actCancel
	actHold
	actRelease
	actQuery
	actWait
	actKillWorker
	actLoseWorker
	actFreezeWorker
	actDrainWorker
	actKillClient
	actFreezeClient
	actReset
	actPartition
	actDeafen
	actCrash
	actStop
	actClock
	actLie
	actReplay
	actLimit
	actArray
	actBroadcast
	actSubmitBatch
	actEdit
	actResolve
	actFind
	actFill
	actTwin
	actExplain
	actQueues
	actShow
	actCompact
	actChange
	actAge
	actions // how many there are
)

// actionOf tells what each action does, and how likely it is against the others
// in a life that has it.
var actionOf = [actions]struct {
	name   string
	weight int
	do     func(*world)
}{
	actSubmit:       {"submit", 60, func(w *world) { w.someClient().order() }},
	actSubmitAgain:  {"submit again", 8, func(w *world) { pick(w, w.clients).again() }},
	actCancel:       {"cancel", 12, (*world).cancel},
	actHold:         {"hold", 6, onTask(func(w *world, id journal.ID) { w.somebody().hold(id) })},
	actRelease:      {"release", 4, onTask(func(w *world, id journal.ID) { w.somebody().release(id) })},
	actQuery:        {"query", 4, onTask(func(w *world, id journal.ID) { pick(w, w.clients).ask(&wire.Query{Task: id}) })},
	actWait:         {"wait", 4, onTask(func(w *world, id journal.ID) { pick(w, w.clients).wait(id) })},
	actKillWorker:   {"kill worker", 8, func(w *world) { w.kill(w.someWorker()) }},
	actLoseWorker:   {"lose worker for good", 1, (*world).loseWorker},
	actFreezeWorker: {"freeze worker", 6, func(w *world) { w.someWorker().freeze(w.upTo(w.longTime())) }},
	actDrainWorker:  {"drain worker", 3, (*world).drainWorker},
	actKillClient:   {"kill client", 4, func(w *world) { w.kill(w.someClient()) }},
	actFreezeClient: {"freeze client", 3, func(w *world) { pick(w, w.clients).freeze(w.upTo(w.longTime())) }},
	actReset:        {"reset", 8, onLink(func(w *world, c *conn) { w.net.reset(c) })},
	actPartition:    {"partition", 6, onLink((*world).partition)},
	actDeafen:       {"deafen", 4, onLink((*world).deafen)},
	actCrash:        {"crash", 6, func(w *world) { w.broker.crash("at once") }},
	actStop:         {"stop", 2, func(w *world) { w.broker.stop() }},
	actClock:        {"clock", 3, (*world).turnClock},
	actLie:          {"lie", 15, (*world).lie},
	actSubmitBatch:  {"submit a batch", 12, func(w *world) { pick(w, w.clients).orderBatch() }},
	actEdit:         {"edit", 6, onTask((*world).edit)},
	actResolve:      {"resolve", 4, onTask((*world).resolve)},
	actFind:         {"find", 3, (*world).find},
	actFill:         {"fill the disk", 3, (*world).fillDisk},
	actTwin:         {"twin of a worker", 4, (*world).twinWorker},
	actExplain:      {"explain", 10, onTask((*world).explain)},
	actQueues:       {"ask for queues", 4, (*world).askQueues},
	actShow:         {"show", 8, (*world).show},
	actChange:       {"change many", 6, (*world).change},
	actReplay:       {"replay", 4, func(w *world) { w.operator.replay() }},
	actLimit:        {"limit", 6, (*world).limit},
	actArray:        {"change an array", 10, (*world).changeArray},
	actBroadcast:    {"broadcast", 8, (*world).broadcast},
	actCompact:      {"compact the journal", 4, func(w *world) { w.broker.compact() }},
	actAge:          {"let tasks age", 2, func(w *world) { w.run(w.now + ageing + w.upTo(2*ageing)) }},
}

// newWeights picks the actions of a life: each fault is in half of them.
func newWeights(r *rand.Rand) (weights [actions]int) {
	for a := range weights {
		if action(a) == actSubmit || r.IntN(2) == 0 {
			weights[a] = actionOf[a].weight
		}
	}
	return weights
}

// direct lets so many actions happen.
func (w *world) direct(steps int) {
	total := 0
	for _, n := range w.plan.weights {
		total += n
	}
	for range steps {
		w.run(w.now + w.upTo(w.plan.pace))
		w.act(w.rand.IntN(total))
	}
}

// act does the action that the number falls to.
func (w *world) act(n int) {
	for a, weight := range w.plan.weights {
		if n -= weight; n < 0 {
			w.cover.add("action", actionOf[a].name)
			actionOf[a].do(w)
			return
		}
	}
}

// longTime is well beyond the time after which the silent count as gone.
func (w *world) longTime() time.Duration { return 3 * w.plan.silence() }

// mortal is a peer of either protocol.
type mortal interface {
	lives() bool
	die(away time.Duration)
	freeze(time.Duration)
}

// someWorker returns a worker: of BCP/1 in a quarter of the cases, if there are such.
func (w *world) someWorker() mortal {
	if len(w.workers1) > 0 && w.chance(250) {
		return pick(w, w.workers1)
	}
	return pick(w, w.workers)
}

// someClient is someWorker for clients.
func (w *world) someClient() interface {
	mortal
	order()
} {
	if len(w.clients1) > 0 && w.chance(250) {
		return pick(w, w.clients1)
	}
	return pick(w, w.clients)
}

// kill ends a peer for a while.
func (w *world) kill(m mortal) {
	if m.lives() {
		m.die(w.upTo(w.longTime()))
	}
}

// someTask returns a task that was journaled, one of the last ones rather.
func (w *world) someTask() (journal.ID, bool) {
	ids := w.oracle.ids
	if len(ids) == 0 {
		return journal.ID{}, false
	}
	return w.someMember(ids[max(len(ids)-1-w.rand.IntN(1+w.rand.IntN(20)), 0)]), true
}

// onTask does something with some task, if there is one.
func onTask(do func(*world, journal.ID)) func(*world) {
	return func(w *world) {
		if id, ok := w.someTask(); ok {
			do(w, id)
		}
	}
}

// onLink does something to some peer's connection, if it is linked to the broker.
func onLink(do func(*world, *conn)) func(*world) {
	return func(w *world) {
		if len(w.net.conns) == 0 {
			return
		}
		if c := pick(w, w.net.conns); c.route != "" {
			do(w, c)
		}
	}
}

// cancel cancels a task. Now and then somebody changes what is being stopped.
func (w *world) cancel() {
	if len(w.clients1) > 0 && w.chance(200) {
		pick(w, w.clients1).cancel()
	} else if id, ok := w.someTask(); ok {
		pick(w, w.clients).cancel(id)
		if w.chance(100) {
			pick(w, w.clients).edit(id)
		}
	}
}

// somebody returns the operator or, in half of the cases, a client.
func (w *world) somebody() interface {
	hold(journal.ID)
	release(journal.ID)
} {
	if w.chance(500) {
		return w.operator
	}
	return pick(w, w.clients)
}

// loseWorker ends a worker for good. One is always left.
func (w *world) loseWorker() {
	if len(w.workers) == 1 {
		return
	}
	if k := pick(w, w.workers[1:]); k.up {
		k.gone = true
		k.die(0)
	}
}

func (w *world) drainWorker() {
	if k := pick(w, w.workers); k.up && !k.draining {
		k.drain()
	}
}

// partition cuts a connection for a while, one way or both ways.
func (w *world) partition(c *conn) {
	ways, till := 1+w.rand.IntN(3), w.now+w.upTo(w.longTime())
	w.note("net: partition of %s, ways %d, till %v", c.owner, ways, till)
	if ways&1 != 0 {
		c.upCut = till
	}
	if ways&2 != 0 {
		c.downCut = till
	}
}

func (w *world) deafen(c *conn) {
	w.note("net: %s doesn't read", c.owner)
	c.deafTill = w.now + w.upTo(w.longTime())
}

// turnClock sets the wall clock on or back.
func (w *world) turnClock() {
	by := w.upTo(2*time.Minute) - time.Minute
	w.note("clock: turned by %v", by)
	w.broker.wallMS += by.Milliseconds()
}

func (w *world) lie() {
	if len(w.liars) > 0 {
		pick(w, w.liars).lie()
	}
}
