package broker

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/place"
)

// attemptsMax bounds a task's attempts of every sort: its row keeps them all,
// and a worker that hands everything back must not make it grow without end.
const attemptsMax = 2 * 1000

// task is a task that has not ended, or whose end is not in the archive yet. Of
// these there may be millions: what one that only waits does without is in life.
type task struct {
	ID    journal.ID
	Spec  *journal.Spec
	*life // nil while it is folded: see fold.go

	named string   // while it is folded, its digest and its key, if it has one,
	watch *watcher // and who watches it, if anybody does
	lane  *lane    // that it waits in for a worker; nil while it doesn't
}

// life is what becomes of a task.
type life struct {
	journal.Task        // durable: changed by apply alone
	records      int    // that make it what it is
	posts        posts  // where it is counted
	endMark      uint64 // of the Effects that hold its end

	// Volatile.
	quota      *quota        // that counts its attempt; nil while none is out
	prev, next *task         // among its worker's attempts
	worker     *worker       // that has the current attempt, also while it is away
	needs      place.Amounts // that it takes of that
	seq        uint64        // of the dispatch since the worker registered; 0 if before
	sent       time.Duration // when its dispatch was last sent
	again      bool          // it has been sent before
	heldBack   bool          // it has not left the broker yet, see heldback.go
	passedOn   time.Duration // when it left after that; 0 if it was not held back
	date       moment        // NotBeforeMS
	since      moment        // when the task became pending, was dispatched, or started
	instance   [16]byte      // of the worker's process that was given the attempt
	round      uint64        // last reconciliation that saw it at its worker
	watchers   []watcher
	timer      timer
	awaits     journal.Reason // what the timer is for
	clocks     *clocks        // of a task with a silence-timeout or life-timeout, or nil
	dependents dependents
	group      *group           // that it stands for, or is a member of; nil for others
	word       *wire.Progress   // the current attempt's last, or nil
	extended   map[uint8]uint32 // the last Extend of the current attempt, by option
}

// watcher is a session that wants to know what becomes of a task.
type watcher struct {
	session   *session
	wantStart bool
	quiet     bool
}

// record writes a record and applies it. Everything that changes a task goes
// through here.
func (b *Broker) record(now Instant, r journal.Record) { b.recordOf(now, b.subject(&r), r) }

// recordOf is record for a caller that has the record's task at hand.
func (b *Broker) recordOf(now Instant, t *task, r journal.Record) {
	r.Time = now.WallMS
	if r.Kind != journal.KindEnd {
		r.Text = shorten(r.Text)
	}
	was, err := b.apply(t, &r)
	if err != nil {
		panic(fmt.Sprintf("broker: %v", err)) // a mistake in this package: the journal must not see it
	}
	if r.Kind.Begins() {
		b.index(t)
	}
	b.out.Records = append(b.out.Records, r)
	if t == nil {
		return
	}
	b.rate(now, t, r.Kind, was)
	if t.Tally != nil && r.Kind != journal.KindTally {
		t.group.tally.at = 0
	}
	if t.Member != nil {
		b.countMember(now, t, &r, was.active)
	}
}

// textMax bounds the text of a record that is not the last, in bytes: a row keeps
// them all, and is written anew with each.
const textMax = 512

// shorten cuts a text to textMax, between two characters.
func shorten(text string) string {
	if len(text) <= textMax {
		return text
	}
	cut := textMax - len(ellipsis)
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + ellipsis
}

const ellipsis = "..."

// index adds a new task to the indexes by ID and by key. Those of a start are added
// together: see Open.
func (b *Broker) index(t *task) {
	b.tasks.put(t)
	if t.Spec.Key != "" {
		b.keys.put(t)
	}
}

// subject returns the task that a record is of, a new one if there is none yet; nil
// for a setting, which is of none.
func (b *Broker) subject(r *journal.Record) *task {
	if r.Kind == journal.KindSetting {
		return nil
	}
	if r.Kind != journal.KindSubmit { // whose ID is new
		if t := b.tasks.get(r.Task); t != nil {
			return t
		}
	}
	return b.newTask(r)
}

// apply is the only change of durable state, at work and at replay. The task is the record's
// subject; how it was counted before is returned.
func (b *Broker) apply(t *task, r *journal.Record) (was countedAt, err error) {
	if t == nil {
		return was, b.applySetting(r)
	}
	before, unstarted := t.State, t.unstarted()
	was = countedAt{t.counted(), t.posts}
	if err := t.Apply(r); err != nil {
		return was, err
	}
	t.records++
	t.Spec = t.Task.Spec
	if r.Kind.Begins() {
		b.join(t)
	}
	if t.Tally != nil && r.Kind == journal.KindEdit {
		t.group.inherit()
	}
	if t.Tally == nil {
		b.recount(before, -1)
		b.recount(t.State, +1)
	}
	b.recount(journal.Pending, t.unstarted()-unstarted)
	b.moveMeters(t, was, t.counted())
	if t.State.Ended() {
		b.noteEnd(t)
	}
	return was, nil
}

// noteEnd keeps a task that has ended until the archive has its end, and takes it out of
// its group.
func (b *Broker) noteEnd(t *task) {
	t.endMark = b.mark + 1
	b.ended = append(b.ended, t)
	if t.Member == nil {
		return
	}
	delete(t.group.members, t.ID)
	if t.OfAll {
		t.group.sit(&t.Task)
	}
}

// forget drops a task whose end is in the archive.
func (b *Broker) forget(t *task) {
	b.tasks.remove(t.ID)
	if key := t.Spec.Key; key != "" {
		b.unused.use(key)
		if b.keys.get(key) == t {
			b.keys.remove(key)
		}
	}
	if t.Tally != nil {
		i := b.groupsBefore(t.ID)
		b.groups = slices.Delete(b.groups, i, i+1)
	}
	b.bury(t)
}

// How a task is found:
//
//	lookup, lookupKey    what is known of it, whether it has ended or not
//	findTask, findFor    the same for a request, which is refused if there is none
//	live                 the task, if it has not ended
//	reach                live, to change it: a member that has not started gets its row
//	expect, expected     live, to wait for it: a member that has not started gets a place for that
//	current              the task, by the attempt that a worker has
//	holder, heldBy       the same for what a worker says of the attempt

// over tells whether the task has ended.
func (t *task) over() bool { return !t.folded() && t.State.Ended() }

// live returns a task that has not ended, or nil.
func (b *Broker) live(id journal.ID) *task {
	t := b.tasks.get(id)
	if t == nil || t.over() {
		return nil
	}
	b.unfold(t)
	return t
}

// HasEnded tells whether a task has ended, although the archive may not know it yet.
func (b *Broker) HasEnded(id journal.ID) bool {
	t, err := b.lookup(id)
	return err == nil && t.State.Ended()
}

// lookup finds what is known of a task, ended or not.
func (b *Broker) lookup(id journal.ID) (journal.Task, error) {
	if t := b.tasks.get(id); t != nil {
		return t.whole(), nil
	}
	if g, pos := b.groupOf(id); g != nil && pos >= g.whole.Tally.Next && !b.hasRow(g, id) {
		return g.member(pos), nil
	}
	entry, err := journal.Find(b.archive, id)
	return entry.Task, err
}

// lookupKey finds the task that was last submitted under a key.
func (b *Broker) lookupKey(key string) (journal.ID, error) {
	if t := b.keys.get(key); t != nil {
		return t.ID, nil
	}
	if _, is := b.unused.find(key); is {
		return journal.ID{}, journal.ErrNotFound
	}
	id, ok, err := b.archive.ByKey(key)
	if err == nil && !ok {
		err = journal.ErrNotFound
	}
	return id, err
}

// stopped tells whether the current attempt shall end, by anybody's wish.
func (t *task) stopped() bool {
	return t.State == journal.Canceling || t.Stopping != journal.ReasonNone
}

func msDuration(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
