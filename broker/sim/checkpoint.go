package sim

import (
	"fmt"
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// checkpoints is what the oracle knows of the states that attempts have saved.
type checkpoints struct {
	saved map[journal.ID][]checkpoint // by honest workers, in the order of saving
	acked map[journal.ID]mark         // the last one that the broker has acknowledged
	seen  map[journal.ID]mark         // the last one that was in the journal
	given map[wire.Ref][]string       // with its dispatches
	lies  map[journal.ID]bool         // a liar that was given a name has saved one
}

func newCheckpoints() checkpoints {
	return checkpoints{
		saved: map[journal.ID][]checkpoint{}, acked: map[journal.ID]mark{}, seen: map[journal.ID]mark{},
		given: map[wire.Ref][]string{}, lies: map[journal.ID]bool{},
	}
}

// mark is which checkpoint of a task one is.
type mark struct{ attempt, seq uint32 }

func (m mark) before(other mark) bool {
	return m.attempt < other.attempt || m.attempt == other.attempt && m.seq < other.seq
}

type checkpoint struct {
	mark
	state string
}

// savesMax is how many states a job saves at most.
const savesMax = 4

// saveWhile lets a job save states in the course of a time. Each is like no other;
// some take the one before away.
func (k *worker) saveWhile(j *job, d time.Duration) {
	if k.w.chance(600) {
		return
	}
	for range 1 + k.w.rand.IntN(savesMax) {
		k.later(k.w.upTo(d), func() { k.save(j) })
	}
}

func (k *worker) save(j *job) {
	if j.over {
		return
	}
	state := fmt.Sprintf("state %d of %s-%d", j.saves, j.ref.Task, j.ref.Attempt)
	j.saves++
	if k.w.chance(100) {
		state = ""
	}
	seq := k.s.Save(k.w.now, j.ref, []byte(state), k.w.chance(500))
	c := checkpoint{mark{j.ref.Attempt, seq}, state}
	known := k.w.oracle.checkpoints.saved
	known[j.ref.Task] = append(known[j.ref.Task], c)
}

// toldSaved checks what a worker is told of its states: that the journal has them,
// or that the attempt is not the current one.
func (o *oracle) toldSaved(worker string, task journal.ID, at mark, failed bool) {
	if failed {
		o.w.cover.add("checkpoint", "of a stale attempt")
	} else if o.checkpoints.acked[task].before(at) && !o.fooled[worker] {
		o.w.fail("checkpoint %+v of task %s is told as saved, and was not acknowledged", at, task)
	}
}

// acknowledgesState checks that the journal has what a worker needs not save again.
func (o *oracle) acknowledgesState(to wire.Peer, m *wire.CheckpointAck) {
	if o.fooled[o.claims[to].name] {
		return
	}
	at := mark{m.Attempt, m.Seq}
	e := o.entry(m.Task, text{m})
	if !e.Task.State.Ended() && (e.Task.Checkpoint == nil || markOf(e.Task.Checkpoint).before(at)) {
		o.w.fail("%v is told, and the journal has %+v", text{m}, e.Task.Checkpoint)
	}
	if o.checkpoints.acked[m.Task].before(at) {
		o.checkpoints.acked[m.Task] = at
	}
}

func markOf(c *journal.Checkpoint) mark { return mark{c.Attempt, c.Seq} }

// judgeCheckpoint tells whether a task's checkpoint in the journal may have come
// about: its attempt's worker has saved it, and none takes the place of a later one.
func (o *oracle) judgeCheckpoint(e *journal.Entry) {
	r := e.Checkpoint
	if r == nil {
		if !e.Task.State.Ended() && o.checkpoints.seen[e.Task.ID] != (mark{}) {
			o.w.fail("the checkpoint of task %s is gone before its end", e.Task.ID)
		}
		return
	}
	at := mark{r.Attempt, r.Seq}
	if at.before(o.checkpoints.seen[r.Task]) {
		o.w.fail("checkpoint %+v of task %s follows %+v", at, r.Task, o.checkpoints.seen[r.Task])
	}
	o.checkpoints.seen[r.Task] = at
	if o.fooled[r.Worker] {
		o.checkpoints.lies[r.Task] = true
		return
	}
	if r.Worker != o.given[attempt(r)] {
		o.w.fail("checkpoint %+v of task %s by %s: the attempt is not its", at, r.Task, r.Worker)
	}
	state, err := o.w.broker.store.Checkpoint(r.Task)
	if err != nil {
		o.w.fail("the checkpoint of task %s can't be read: %v", r.Task, err)
	}
	for _, c := range o.checkpoints.saved[r.Task] {
		if c.mark == at && c.state == string(state) {
			return
		}
	}
	o.w.fail("task %s has checkpoint %+v, %q, which nobody has saved", r.Task, at, state)
}

// givesState checks that an attempt is given the state that was acknowledged last,
// or a later one, of the task's earlier attempts. A dispatch that is sent again may
// have what the attempt has saved meanwhile, or, if it was held back, not have it: its
// worker has no use for that. Nor has anybody for one that was held back until a later
// attempt has saved something.
func (o *oracle) givesState(m *wire.Dispatch) {
	_, again := o.given[m.Ref]
	before := o.checkpoints.given[m.Ref]
	o.checkpoints.given[m.Ref] = append(before, string(m.Checkpoint))
	if o.checkpoints.lies[m.Task] || slices.Contains(before, string(m.Checkpoint)) {
		return
	}
	acked := o.checkpoints.acked[m.Task]
	if m.Attempt < acked.attempt || len(m.Checkpoint) == 0 && acked == (mark{}) {
		return
	}
	for _, c := range o.checkpoints.saved[m.Task] {
		earlier := c.attempt < m.Attempt || again && c.attempt == m.Attempt
		if earlier && !c.before(acked) && c.state == string(m.Checkpoint) {
			o.coverGiven(m, c)
			return
		}
	}
	o.w.fail("%v is told, with state %q, and %+v was acknowledged of %+v", text{m}, m.Checkpoint, acked, o.checkpoints.saved[m.Task])
}

// goesOnFrom checks what an attempt has got of that.
func (o *oracle) goesOnFrom(d *wire.Dispatch) {
	if given := o.checkpoints.given[d.Ref]; !slices.Contains(given, string(d.Checkpoint)) {
		o.w.fail("attempt %s-%d has state %q, and was given %q", d.Task, d.Attempt, d.Checkpoint, given)
	}
}

func (o *oracle) coverGiven(m *wire.Dispatch, c checkpoint) {
	switch {
	case c.state == "":
		o.w.cover.add("checkpoint", "taken away")
	case c.attempt+1 < m.Attempt:
		o.w.cover.add("checkpoint", "given over an attempt")
	default:
		o.w.cover.add("checkpoint", "given")
	}
}
