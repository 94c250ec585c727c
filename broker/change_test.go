package broker

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// changer asks a core for changes, and commits what comes of them.
type changer struct {
	t     *testing.T
	core  *Broker
	store *journal.MemStore
	now   Instant
}

var operator = wire.Peer{Dialect: wire.Local, Route: "op"}

func newChanger(t *testing.T) *changer {
	c := &changer{t: t, store: journal.NewMemDisk("changes").Open(), now: Instant{WallMS: 1_000_000}}
	c.core = New(Config{}, c.store, bytes.NewReader(make([]byte, 4096)), journal.ID{})
	return c
}

// step returns the answer, and how many records were committed.
func (c *changer) step(m wire.Message) (wire.Message, int) {
	c.t.Helper()
	c.core.Step(c.now, operator, m)
	out := c.core.Take()
	if err := c.store.Commit(out.Records); err != nil {
		c.t.Fatal(err)
	}
	c.core.Committed(out.Mark)
	return out.Sends[len(out.Sends)-1].Msg, len(out.Records) // ends may come before it
}

func (c *changer) submit(spec *journal.Spec) journal.ID {
	c.t.Helper()
	spec.Tries = 1
	if spec.Target.Kind == 0 {
		spec.Target = journal.Target{Kind: journal.ToService, Name: "s"}
	}
	m, _ := c.step(&wire.Submit{Spec: spec, Body: []byte("body")})
	return m.(*wire.Accepted).Task
}

func (c *changer) change(m *wire.Change) (*wire.Changed, int) {
	c.t.Helper()
	answer, records := c.step(m)
	changed, ok := answer.(*wire.Changed)
	if !ok {
		c.t.Fatalf("%+v is answered with %+v", m, answer)
	}
	return changed, records
}

// A change is done as each task's own request would be, with who asks and why; asked for
// again it is answered alike, and nothing is done.
func TestChangeIsRepeated(t *testing.T) {
	for name, m := range map[string]*wire.Change{
		"cancel":  {Do: wire.ChangeCancel, Filter: "!held state=pending"},
		"hold":    {Do: wire.ChangeHold, Filter: "!held"},
		"release": {Do: wire.ChangeRelease, Filter: "held"},
		"edit":    {Do: wire.ChangeEdit, Filter: "priority<5", Options: []uint8{8}, Spec: &journal.Spec{Priority: 7}},
		"move":    {Do: wire.ChangeMove, Filter: "service=s", Target: journal.Target{Kind: journal.ToWorker, Name: "w"}},
		"retry":   {Do: wire.ChangeRetry, Filter: "state=canceled age<5s", NewKeys: "again"},
		"drop":    {Do: wire.ChangeDrop, Filter: ""},
	} {
		c := newChanger(t)
		ids := []journal.ID{c.submit(&journal.Spec{Hold: name == "release"}), c.submit(&journal.Spec{Hold: name == "release"})}
		if name == "retry" {
			for _, id := range ids {
				c.step(&wire.Cancel{Task: id})
			}
		}
		m.By, m.Text = "anna", "because"
		if m.Spec == nil {
			m.Spec = new(journal.Spec)
		}
		ask, err := FillChanged(c.store, &wire.Changed{Of: m}, c.now.WallMS)
		if err != nil || len(ask.Rows) != 2 || len(ask.Counts) != 1 || ask.Counts[0].Tasks != 2 || !ask.Cursor.IsZero() {
			t.Fatalf("%s: whom would it be: %+v, %v", name, ask, err)
		}
		m.Tasks = ids
		first, records := c.change(m)
		if records == 0 || len(first.Rows) != 2 || first.Rows[1].Code != 0 || first.Rows[0].Task != ids[0] {
			t.Errorf("%s: %d records, %+v", name, records, first.Rows)
		}
		kept := ids[0]
		if name == "retry" {
			kept = first.Rows[0].RetriedAs
		}
		e, err := c.store.Get(kept)
		if last := e.Records[len(e.Records)-1]; err != nil || last.By != "anna" || last.Text != "because" {
			t.Errorf("%s: %+v, %v", name, last, err)
		}
		c.now.WallMS += 10_000 // so that the filter of the retry means nothing any more
		second, records := c.change(m)
		if records != 0 || len(second.Rows) != 2 {
			t.Errorf("%s again: %d records, %+v", name, records, second.Rows)
		}
		for i, row := range second.Rows {
			if want := first.Rows[i]; row.Code != 0 || row.After != want.After || row.Held != want.Held || row.RetriedAs != want.RetriedAs {
				t.Errorf("%s again: %+v, want as %+v", name, row, want)
			}
		}
	}
}

// What the filter does not mean any more is left alone.
func TestChangeOfWhatHasChanged(t *testing.T) {
	c := newChanger(t)
	id := c.submit(&journal.Spec{})
	changed, records := c.change(&wire.Change{Do: wire.ChangeCancel, Filter: "held", Tasks: []journal.ID{id, {15: 9}}})
	if records != 0 || len(changed.Counts) != 0 {
		t.Errorf("%d records, %+v", records, changed.Counts)
	}
	for i, want := range []string{"not-allowed: task " + id.String() + " is pending: the filter does not mean it any more", "unknown-task: no task"} {
		if row := changed.Rows[i]; !strings.HasPrefix(fmt.Sprintf("%s: %s", row.Code, row.Text), want) || row.After != row.Before {
			t.Errorf("%+v, want %s", row, want)
		}
	}
	changed, records = c.change(&wire.Change{Do: wire.ChangeCancel, Tasks: []journal.ID{id}})
	if records == 0 || changed.Rows[0].After != journal.Canceled {
		t.Errorf("without a filter: %+v", changed.Rows)
	}
}

// A filter that means nothing with which it can be done is refused, with what is accepted.
func TestChangeRefused(t *testing.T) {
	c := newChanger(t)
	for says, m := range map[string]*wire.Change{
		`state "running": there is nothing to drop then; pending is accepted`: {Do: wire.ChangeDrop, Filter: "state=running"},
		`filter term stat=any: `: {Do: wire.ChangeCancel, Filter: "stat=any"},
	} {
		for _, tasks := range [][]journal.ID{nil, {{15: 1}}} {
			m.Tasks = tasks
			answer, _ := c.step(m)
			if no, ok := answer.(*wire.Refuse); !ok || no.Code != wire.CodeBadOption || !strings.HasPrefix(no.Text, says) {
				t.Errorf("%+v is answered with %+v", m, answer)
			}
		}
	}
}

// Pages have as many tasks as can be named, and go on where they ended.
func TestChangePages(t *testing.T) {
	c := newChanger(t)
	var ids, found []journal.ID
	for range wire.MaxChange + 20 {
		ids = append(ids, c.submit(&journal.Spec{}))
	}
	ask := &wire.Change{Do: wire.ChangeHold}
	var sizes []int
	for more := true; more; {
		page, err := FillChanged(c.store, &wire.Changed{Of: ask}, c.now.WallMS)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Rows {
			found = append(found, page.Rows[i].Task)
		}
		sizes = append(sizes, len(page.Rows))
		ask.After, more = page.Cursor, !page.Cursor.IsZero()
	}
	if !slices.Equal(found, ids) || sizes[0] != wire.MaxChange {
		t.Errorf("pages of %v tasks, and there are %d", sizes, len(ids))
	}
	counted, err := FillChanged(c.store, &wire.Changed{Of: &wire.Change{Do: wire.ChangeHold, Count: true}}, c.now.WallMS)
	if err != nil || len(counted.Rows) != 0 || counted.Counts[0] != (wire.ChangeCount{State: journal.Pending, Tasks: uint32(len(ids))}) {
		t.Errorf("counted: %+v, %v", counted, err)
	}
}

// A large body is not read where others wait: it comes with its retry as a copy, or its task
// is told to be asked for again, or that it is gone.
func TestRetryWithoutItsCopy(t *testing.T) {
	c := newChanger(t)
	c.core.cfg.CopyMin = len("body")
	kept, gone := c.submit(&journal.Spec{}), c.submit(&journal.Spec{})
	c.step(&wire.Cancel{Task: kept})
	c.core.cfg.KeepBodies = journal.KeepNone
	c.step(&wire.Cancel{Task: gone})
	changed, records := c.change(&wire.Change{Do: wire.ChangeRetry, Tasks: []journal.ID{kept, gone}})
	for i, want := range []wire.Code{wire.CodeBusy, wire.CodeGone} {
		if row := changed.Rows[i]; row.Code != want || records != 0 {
			t.Errorf("%d records, %+v, want %s", records, row, want)
		}
	}
}

// Of arrays that are tried again together only so many members are looked at: the others
// wait for another change.
func TestRetryOfManyArrays(t *testing.T) {
	c := newChanger(t)
	half := journal.Task{State: journal.Failed, Spec: &journal.Spec{}, Tally: &journal.Tally{Count: 60_000, Next: 60_000, Done: 1}}
	small := journal.Task{State: journal.Failed, Spec: &journal.Spec{}, Tally: &journal.Tally{Count: 10, Next: 10, Done: 1}}
	tooMany := journal.Task{State: journal.Failed, Spec: &journal.Spec{}, Tally: &journal.Tally{Count: 200_000, Next: 200_000, Done: 1}}
	for i, x := range []struct {
		task *journal.Task
		code wire.Code
	}{{&half, 0}, {&tooMany, 0}, {&half, wire.CodeBusy}, {&small, 0}} {
		err := c.core.checkRowsAgain(x.task)
		if err == nil && x.code != 0 || err != nil && err.Code != x.code {
			t.Errorf("%d: %v, want code %d", i, err, x.code)
		}
	}
}

// Broadcasts that are tried again together have no more members than those of a batch.
func TestRetryOfManyBroadcasts(t *testing.T) {
	c := newChanger(t)
	all := &journal.Spec{Target: journal.Target{Kind: journal.ToAll}}
	for _, tally := range []journal.Tally{{Count: 5000}, {Count: 5000, Done: 1}, {Count: 5000, Done: 5000}} {
		whole := journal.Task{State: journal.Failed, Spec: all, Tally: &tally}
		made := 0
		for c.core.rowsSeen = 0; made < wire.MaxChange && c.core.checkRowsAgain(&whole) == nil; {
			made++
		}
		want := inBatchMax / 5000
		if tally.Done == tally.Count {
			want = wire.MaxChange // that is refused without a look
		}
		if made != want {
			t.Errorf("%+v: %d at a time, want %d", tally, made, want)
		}
	}
}

// What is held of many is also the rest of an array that has begun, and so is released.
func TestChangeHoldsTheRestOfAnArray(t *testing.T) {
	c := newChanger(t)
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	array := c.submit(&journal.Spec{Array: "1-3"})
	c.core.Step(c.now, w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 1, Services: []string{"s"}})
	for _, m := range []*wire.Change{{Do: wire.ChangeHold}, {Do: wire.ChangeRelease, Filter: "held state=running"}} {
		m.Tasks = []journal.ID{array}
		changed, _ := c.change(m)
		row := changed.Rows[0]
		if row.Code != 0 || row.Before != journal.Running || row.WasHeld == row.Held {
			t.Errorf("%s: %+v", m.Do, row)
		}
		before := journal.Task{State: row.Before, Held: row.WasHeld, Tally: &journal.Tally{}}
		if !Changes(m.Do, &before, 0) {
			t.Errorf("%s: a filter does not mean it", m.Do)
		}
	}
}

// An edit that holds or releases is told as it is done, and is planned so: by whether the
// task is held now, whatever its submit asked for, and also of an array that has begun.
func TestChangeEditsHold(t *testing.T) {
	hold := func(id journal.ID, hold bool) *wire.Change {
		return &wire.Change{Do: wire.ChangeEdit, Tasks: []journal.ID{id}, Options: []uint8{journal.OptionHold}, Spec: &journal.Spec{Hold: hold}}
	}
	c := newChanger(t)
	tasks := map[string]journal.ID{"plain": c.submit(&journal.Spec{}), "submitted held": c.submit(&journal.Spec{Hold: true})}
	c.change(hold(tasks["submitted held"], false))
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	tasks["array"] = c.submit(&journal.Spec{Array: "1-3", Target: journal.Target{Kind: journal.ToWorker, Name: "w"}})
	c.core.Step(c.now, w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 1})
	for name, id := range tasks {
		for _, x := range []struct {
			hold  bool
			wants []string
		}{{true, []string{"hold false -> true"}}, {true, nil}, {false, []string{"hold true -> false"}}, {false, nil}} {
			before, err := c.core.known(id, "")
			if err != nil {
				t.Fatal(err)
			}
			m := hold(id, x.hold)
			plan := PlanChange(m, &before, c.now.WallMS)
			changed, _ := c.change(m)
			row := changed.Rows[0]
			if row.Code != 0 || row.Held != x.hold || !slices.Equal(row.Changes, x.wants) {
				t.Errorf("%s, hold %v: %+v, want %q", name, x.hold, row, x.wants)
			}
			if plan.Code != 0 || plan.Held != x.hold || !slices.Equal(plan.Changes, x.wants) {
				t.Errorf("%s, hold %v is planned: %+v, want %q", name, x.hold, plan, x.wants)
			}
		}
	}
}

// Who waits for the next try can be retried with others whatever the wall clock says.
func TestChangeRetriesAfterTheClockWasSet(t *testing.T) {
	c := newChanger(t)
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	m, _ := c.step(&wire.Submit{Spec: &journal.Spec{
		Tries: 2, RetryDelayMS: 60_000, Target: journal.Target{Kind: journal.ToService, Name: "s"},
	}})
	id := m.(*wire.Accepted).Task
	c.core.Step(c.now, w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 1, Services: []string{"s"}})
	c.core.Step(c.now, w, &wire.Outcome{Ref: wire.Ref{Task: id, Attempt: 1}, Verdict: wire.VerdictFailed})
	c.core.Step(c.now, w, &wire.Leave{})
	c.now.WallMS += 3_600_000
	if changed, _ := c.change(&wire.Change{Do: wire.ChangeRetry, Tasks: []journal.ID{id}}); changed.Rows[0].Code != 0 {
		t.Errorf("%+v", changed.Rows[0])
	}
}

// What a retry waits for again is remembered until it is answered, and no longer.
func TestRetryAfterWhatHasEnded(t *testing.T) {
	c := newChanger(t)
	first := c.submit(&journal.Spec{})
	c.step(&wire.Cancel{Task: first})
	m, _ := c.step(&wire.Submit{Quiet: true, Spec: &journal.Spec{
		Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"},
		After: []journal.Dependency{{Task: first, Wants: journal.WantsWorker}},
	}})
	for range 3 {
		if _, records := c.step(&wire.Resolve{Task: m.(*wire.Accepted).Task, Verb: wire.ResolveRetry}); records != 2 {
			t.Fatalf("%d records, want a task that was made and has ended", records)
		}
	}
	c.step(&wire.Query{Task: first})
	if n := len(c.core.firsts); n != 0 {
		t.Errorf("%d tasks are remembered that nobody asks for", n)
	}
}

// Whoever asks for a retry through the API is the new task's client, if that can be a
// client's name.
func TestClientOfARetry(t *testing.T) {
	long := strings.Repeat("x", wire.MaxName)
	for by, want := range map[string]string{
		"ann": "ann/local:op", long: long, "Ann Smith": "local:op", long + "x": "local:op",
	} {
		c := newChanger(t)
		id := c.submit(&journal.Spec{Hold: true})
		c.step(&wire.Cancel{Task: id})
		m, _ := c.change(&wire.Change{Do: wire.ChangeRetry, Tasks: []journal.ID{id}, By: by})
		again, err := c.core.known(m.Rows[0].RetriedAs, "")
		if err != nil || again.Spec.Client != want {
			t.Errorf("by %q: client %q, want %q; %v", by, again.Spec.Client, want, err)
		}
	}
}
