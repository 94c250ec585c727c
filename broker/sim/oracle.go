package sim

import (
	"reflect"
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// oracle knows what must hold. It believes what is committed, what truly
// happened at the workers, and nothing that the core says of itself.
type oracle struct {
	w        *world
	schedule schedule
	batches  batches
	names    names
	keep     keep
	window   window
	starts   starts

	checkpoints checkpoints

	// What the journal has said.
	history map[journal.ID][]journal.Record // must only ever grow
	ids     []journal.ID                    // in the order of their commit
	lastID  journal.ID                      // the highest that was given

	// What the broker has told.
	accepted map[journal.ID]bool
	keys     map[string]journal.ID
	ends     map[journal.ID]end
	keyEnds  map[keyEnd]bool
	given    map[wire.Ref]string // who was given an attempt
	refs     []wire.Ref          // all attempts that were given

	// What is true.
	executed   map[wire.Ref]bool
	truth      map[wire.Ref]outcome
	forgiven   map[wire.Ref]bool        // what is said once to or by a BCP/1 worker was lost
	registered map[string]time.Duration // when a worker was last let in, by its name
	claims     map[wire.Peer]claim      // the last one of each worker
	fooled     map[string]bool          // names that a liar was given, as nobody else had them
}

// claim is a worker's word that it has a name.
type claim struct {
	name     string
	instance [16]byte
	at       time.Duration
}

// end is how a task was told to have ended.
type end struct {
	state   journal.State
	reason  journal.Reason
	attempt uint32
	result  string
}

func newOracle(w *world) *oracle {
	return &oracle{
		w: w, schedule: schedule{w: w}, batches: newBatches(), names: newNames(), keep: newKeep(),
		window: newWindow(), starts: newStarts(), checkpoints: newCheckpoints(),
		history: map[journal.ID][]journal.Record{}, accepted: map[journal.ID]bool{}, keys: map[string]journal.ID{},
		ends: map[journal.ID]end{}, keyEnds: map[keyEnd]bool{}, given: map[wire.Ref]string{},
		executed: map[wire.Ref]bool{}, truth: map[wire.Ref]outcome{}, forgiven: map[wire.Ref]bool{},
		registered: map[string]time.Duration{}, claims: map[wire.Peer]claim{}, fooled: map[string]bool{},
	}
}

func (o *oracle) total() int { return len(o.ids) }

func ref(t *journal.Task) wire.Ref { return wire.Ref{Task: t.ID, Attempt: t.Attempt} }

// attempt is which one a record is about.
func attempt(r *journal.Record) wire.Ref { return wire.Ref{Task: r.Task, Attempt: r.Attempt} }

// heard takes in what the core is about to hear.
func (o *oracle) heard(from wire.Peer, m wire.Message) {
	o.schedule.asked, _ = m.(*wire.Extend)
	o.heardOf(from, m)
	o.window.hear(from, m)
	o.schedule.hear(from, m)
	switch m := m.(type) {
	case *wire.Register:
		o.claims[from] = claim{m.Name, m.Instance, o.w.now}
	case *wire.SubmitBatch:
		o.batches.ask(m)
	case *wire.Progress:
		o.schedule.spoken(from, m.Ref)
	}
}

// restarted looks at everything that a new life of the broker starts with.
func (o *oracle) restarted() {
	o.final()
	o.names, o.window, o.starts = newNames(), newWindow(), newStarts()
	o.schedule.restart()
}

// final looks at the whole journal.
func (o *oracle) final() {
	for id := range o.accepted {
		if _, err := o.w.broker.store.Get(id); err != nil && !o.isForgotten(id) {
			o.w.fail("accepted task %s is not in the journal: %v", id, err)
		}
	}
	for _, id := range o.ids {
		o.look(id)
	}
	o.judgeBodies()
}

// committed looks at the tasks of a batch that was written, or failed to be.
func (o *oracle) committed(records []journal.Record) {
	for i := range records {
		if r := &records[i]; r.Kind == journal.KindSetting {
			o.schedule.limits.commit(r)
		} else if i == 0 || records[i-1].Task != r.Task {
			o.look(r.Task)
		}
	}
	o.judgeBatches(records)
}

// look compares what the journal says of a task with what it said before.
func (o *oracle) look(id journal.ID) {
	before := o.history[id]
	e, err := o.w.broker.store.Get(id)
	if err != nil {
		if len(before) > 0 && !o.isForgotten(id) {
			o.w.fail("task %s can't be read any more: %v", id, err)
		}
		return
	}
	if len(before) == 0 {
		o.ids = append(o.ids, id)
		o.rises(&e.Task)
		o.batches.seen(e.Task.Spec)
	}
	kept := before
	if n := len(before); n > 0 && len(e.Records) >= n && replaces(before[n-1], e.Records[n-1]) {
		kept = before[:n-1]
	}
	if len(e.Records) < len(before) || !slices.EqualFunc(kept, e.Records[:len(kept)], sameRecord) {
		o.w.fail("the history of task %s was %d records, and is now %+v", id, len(before), e.Records)
	}
	o.judgeCheckpoint(&e)
	o.history[id] = e.Records
	if e.Task.Tally != nil {
		o.judgeWhole(&e)
	}
	if len(e.Records) > len(before) {
		o.judge(&e)
	}
}

// rises tells whether a new task's ID is above all that were given before.
func (o *oracle) rises(t *journal.Task) {
	if t.Member != nil {
		return // its ID was given with that of its array
	}
	if t.ID.Compare(o.lastID) <= 0 {
		o.w.fail("task %s is new, and %s was given before", t.ID, o.lastID)
	}
	o.lastID = t.LastID()
}

func sameRecord(a, b journal.Record) bool {
	return a.Kind == b.Kind && a.Attempt == b.Attempt && a.Worker == b.Worker && a.Reason == b.Reason &&
		a.State == b.State && a.Time == b.Time && a.By == b.By && a.Text == b.Text &&
		a.DelayMS == b.DelayMS && a.KeepBody == b.KeepBody && a.KeepMS == b.KeepMS && a.Class == b.Class && a.Instance == b.Instance &&
		a.Other == b.Other && a.Size == b.Size && a.Index == b.Index && a.Count == b.Count && reflect.DeepEqual(a.Tally, b.Tally)
}

// judge tells whether a task's history may have come about.
func (o *oracle) judge(e *journal.Entry) {
	worker := ""
	for i := range e.Records {
		switch r := &e.Records[i]; r.Kind {
		case journal.KindDispatch:
			worker = r.Worker
		case journal.KindSubmit, journal.KindMet, journal.KindMember, journal.KindJoin:
		default:
			o.judgeElsewhere(r)
			if r.Worker != "" && r.Worker != worker {
				o.w.fail("%s of %s-%d by %s: the attempt is %s's", r.Kind, r.Task, r.Attempt, r.Worker, worker)
			}
		}
	}
	t := &e.Task
	if tries, losses := allowed(e); t.Tries > tries || t.Losses > losses+1 {
		o.w.fail("task %s: %d tries of %d, %d losses of %d", t.ID, t.Tries, tries, t.Losses, losses)
	}
	if t.State.Ended() {
		o.judgeEnd(t)
		o.keepEnd(t)
	}
}

// judgeEnd tells whether a task has ended as what truly happened.
func (o *oracle) judgeEnd(t *journal.Task) {
	real, known := o.truth[ref(t)]
	switch {
	case t.Tally != nil:
	case t.State == journal.Canceled && t.CancelMS == 0 && t.Reason != journal.ReasonDependency && t.Reason != journal.ReasonArrayFailures && t.Reason != journal.ReasonAway:
		o.w.fail("task %s ended as canceled, and nobody canceled it", t.ID)
	case !reported(t.Reason) || o.fooled[t.Worker]:
	case !known || real.worker != t.Worker:
		o.w.fail("task %s-%d ended as %s by %s, where it did not end", t.ID, t.Attempt, t.Reason, t.Worker)
	case t.Reason == journal.ReasonFinished && real.verdict != wire.VerdictDone,
		t.Reason == journal.ReasonError && real.verdict != wire.VerdictFailed,
		t.Reason == journal.ReasonNever && real.verdict != wire.VerdictNever:
		o.w.fail("task %s-%d ended as %s, but came out with verdict %d", t.ID, t.Attempt, t.Reason, real.verdict)
	case t.Class != real.class:
		o.w.fail("task %s-%d has class %q, and its worker said %q", t.ID, t.Attempt, t.Class, real.class)
	case string(o.result(t.ID)) != real.result && real.verdict == wire.VerdictDone:
		o.w.fail("task %s-%d has result %q, and gave %q", t.ID, t.Attempt, o.result(t.ID), real.result)
	}
}

// reported tells whether a task ended for a reason that its worker told.
func reported(r journal.Reason) bool {
	return r == journal.ReasonFinished || r == journal.ReasonError || r == journal.ReasonNever
}

func (o *oracle) result(id journal.ID) []byte {
	if o.isForgotten(id) {
		return []byte(o.keep.results[id])
	}
	r, err := o.w.broker.store.Result(id)
	if err != nil && len(o.entry(id, "a result").Records) > 0 { // a member that never started has none
		o.w.fail("the result of task %s is not in the journal: %v", id, err)
	}
	return r
}
