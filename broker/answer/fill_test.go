package answer

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/journal"
)

// taskID is the ID of task n, submitted n seconds after the first.
func taskID(n int) (id journal.ID) {
	_ = id.SetTime(uint64(int(sampleTime) + 1000*n)) // fails in the year 10889
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// fill makes a journal of n tasks, each for the next of so many services.
func fill(t *testing.T, n, services int) *journal.MemStore {
	t.Helper()
	store := journal.NewMemDisk("answer").Open()
	for i := range n {
		spec := &journal.Spec{Tries: 1, Target: ofService(fmt.Sprint("s", i%services))}
		r := journal.Record{Task: taskID(i), Kind: journal.KindSubmit, Time: int64(sampleTime) + 1000*int64(i), Spec: spec}
		if err := store.Commit([]journal.Record{r}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// addArray adds an array of so many members as task n, none of which has started.
func addArray(t *testing.T, store *journal.MemStore, n, members int) journal.ID {
	t.Helper()
	spec := &journal.Spec{Tries: 1, Target: ofService("s"), Array: fmt.Sprint(members)}
	if err := store.Commit([]journal.Record{{Task: taskID(n), Kind: journal.KindSubmit, Time: int64(sampleTime), Spec: spec}}); err != nil {
		t.Fatal(err)
	}
	return taskID(n)
}

func ofService(name string) journal.Target {
	return journal.Target{Kind: journal.ToService, Name: name}
}

// A page ends with its number of items, or when it has enough bytes.
func TestPage(t *testing.T) {
	long := strings.Repeat("x", pageBytes/2)
	for want, items := range map[int][]string{0: {}, 3: {"a", "b", "c", "d"}, 2: {long, long, long}} {
		text, n, err := page(items, 3)
		var back []string
		if err != nil || n != want || json.Unmarshal(text, &back) != nil || len(back) != n {
			t.Errorf("%d of %d items, want %d: %s, %v", n, len(items), want, text, err)
		}
	}
}

func TestOldest(t *testing.T) {
	store := fill(t, 300, 250)
	ms := func(n int) int64 { return int64(sampleTime) + 1000*int64(n) }
	first, late, none := ofService("s1"), ofService("s240"), ofService("none")
	queues := []broker.QueueInfo{{Target: first, Waiting: 1}, {Target: late, Waiting: 1}, {Target: none, Waiting: 1}, {Target: ofService("s2")}}
	o, err := FindOldest(store, queues, 0, nil)
	if err != nil || o.AfterMS != 0 || len(o.AtMS) != 2 || o.AtMS[first] != ms(1) || o.AtMS[late] != ms(240) {
		t.Errorf("of all: %+v, %v", o, err)
	}
	o, err = FindOldest(store, queues[:2], oldestPage, nil)
	if err != nil || o.AfterMS != ms(oldestPage-1) || len(o.AtMS) != 1 {
		t.Errorf("of the first page: %+v, %v", o, err)
	}
	q := NewQueue(&broker.QueueInfo{Target: late, Waiting: 1}, &o)
	if !q.OldestAt.IsZero() || q.OldestAfter != view.Time(ms(oldestPage-1)) {
		t.Errorf("a queue whose oldest was not found: %+v", q)
	}
	gone := errors.New("gone")
	if _, err := FindOldest(store, queues[2:3], 0, func() error { return gone }); !errors.Is(err, gone) {
		t.Errorf("given up: %v", err)
	}
}

// Pages of any size have each member of an array once, in order.
func TestMembersInPages(t *testing.T) {
	store := fill(t, 1, 1)
	array := addArray(t, store, 5, 7)
	look := lookInto(broker.Instant{}, broker.New(broker.Config{}, store, strings.NewReader(""), journal.ID{}))
	for limit := range uint16(9) {
		list := inPages[view.Task](t, store, look, wire.Show{What: wire.ShowMembers, Limit: limit}, array)
		for i, v := range list {
			if at := uint32(i); v.ID != journal.IDOf(array, at).String() || *v.Index != at || v.State != "pending" {
				t.Errorf("in pages of %d member %d is %+v", limit, at, v)
			}
		}
		if len(list) != 7 {
			t.Errorf("in pages of %d there are %d members", limit, len(list))
		}
	}
}

// Pages of any size have each worker once, by name.
func TestWorkersInPages(t *testing.T) {
	store := fill(t, 0, 0)
	core := broker.New(broker.Config{}, store, rand.Reader, journal.ID{})
	for _, name := range []string{"d", "b", "a", "e", "c"} {
		peer := wire.Peer{Dialect: wire.BCP2Worker, Route: name}
		core.Step(broker.Instant{}, peer, &wire.Register{Name: name, Instance: [16]byte{1}, Slots: 1})
	}
	for limit := range uint16(7) {
		names := ""
		for _, w := range inPages[view.Worker](t, store, lookInto(broker.Instant{}, core), wire.Show{What: wire.ShowWorkers, Limit: limit}, journal.ID{}) {
			names += w.Name
		}
		if names != "abcde" {
			t.Errorf("in pages of %d the workers are %s", limit, names)
		}
	}
}

// lookInto has the core looked at, at one time.
func lookInto(now broker.Instant, core *broker.Broker) Look {
	return func(fn func(broker.Instant, *broker.Broker)) error {
		fn(now, core)
		return nil
	}
}

// inPages returns what is on all pages of a list.
func inPages[T any](t *testing.T, store Journal, look Look, asked wire.Show, about journal.ID) (list []T) {
	t.Helper()
	for {
		m, err := Fill(store, look, broker.Send{Msg: &wire.Shown{Of: &asked}, Task: about}, 0)
		if err != nil {
			t.Fatal(err)
		}
		shown := m.(*wire.Shown)
		var page []T
		if err := json.Unmarshal(shown.JSON, &page); err != nil || asked.Limit > 0 && len(page) > int(asked.Limit) {
			t.Fatalf("%d items on a page of %d, %v", len(page), asked.Limit, err)
		}
		list = append(list, page...)
		if asked.After = shown.Cursor; asked.After == "" {
			return list
		}
	}
}

// What cannot be shown is refused; what the journal or the loop says stays an error.
func TestFillRefuses(t *testing.T) {
	store, down := fill(t, 1, 1), errors.New("down")
	array := addArray(t, store, 5, 7)
	look := lookInto(broker.Instant{}, broker.New(broker.Config{}, store, strings.NewReader(""), journal.ID{}))
	noLook := func(func(broker.Instant, *broker.Broker)) error { return down }
	for want, c := range map[string]struct {
		show  wire.Show
		about journal.ID
		look  Look
	}{
		`bad-option: cursor "x": the cursor of the page before is accepted`: {wire.Show{What: wire.ShowHistory, After: "x"}, taskID(0), look},
		`bad-option: cursor "2": the cursor`:                                {wire.Show{What: wire.ShowHistory, After: "2"}, taskID(0), look},
		`bad-option: cursor "s/t": the cursor`:                              {wire.Show{What: wire.ShowQueues, After: "s/t"}, journal.ID{}, look},
		`gone: task ` + taskID(1).String() + ` has ended`:                   {wire.Show{What: wire.ShowHistory}, taskID(1), look},
		`gone: task ` + taskID(2).String() + ` has ended`:                   {wire.Show{What: wire.ShowExplanation}, taskID(2), look},
		`not-allowed: task ` + taskID(0).String() + ` has no members`:       {wire.Show{What: wire.ShowMembers}, taskID(0), look},
		`bad-option: cursor "8": the cursor`:                                {wire.Show{What: wire.ShowMembers, After: "8"}, array, look},
		`gone: task ` + taskID(3).String() + ` has ended`:                   {wire.Show{What: wire.ShowMembers}, taskID(3), look},
		`down`: {wire.Show{What: wire.ShowWorkers}, journal.ID{}, noLook},
	} {
		_, err := Fill(store, c.look, broker.Send{Msg: &wire.Shown{Of: &c.show}, Task: c.about}, 0)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", c.show, err, want)
		}
	}
}

// A task whose time has come is not shown as one that waits for it, although the wall clock
// was set back since.
func TestDateAfterTheClockWasSet(t *testing.T) {
	store := journal.NewMemDisk("answer").Open()
	core := broker.New(broker.Config{}, store, rand.Reader, journal.ID{})
	now := broker.Instant{WallMS: int64(sampleTime)}
	spec := &journal.Spec{Tries: 1, Target: ofService("s"), DelayMS: 2000}
	core.Step(now, wire.Peer{Dialect: wire.Local}, &wire.Submit{Spec: spec})
	now.Mono += 3 * time.Second
	core.Tick(now)
	now.WallMS -= 3_600_000
	look := lookInto(now, core)
	var task journal.Task
	if err := task.Apply(&core.Take().Records[0]); err != nil {
		t.Fatal(err)
	}
	shown, err := ShowTasks(look, []journal.Task{task})
	if err != nil || shown[0].NotBeforeAt != view.Time(now.WallMS)-1000 {
		t.Errorf("at %s it is shown as %+v, %v", view.Time(now.WallMS), shown, err)
	}
	e, err := Explain(store, look, task.ID, now.WallMS)
	if err != nil || slices.ContainsFunc(e.Reasons, func(r view.Reason) bool { return r.Code == "delayed" }) {
		t.Errorf("it is explained by %+v, %v", e.Reasons, err)
	}
}

// A task that waits for its next try is told so for as long as it does, also when the wall clock
// was set on since.
func TestNextTryAfterTheClockWasSet(t *testing.T) {
	store := journal.NewMemDisk("answer").Open()
	core := broker.New(broker.Config{}, store, rand.Reader, journal.ID{})
	now := broker.Instant{WallMS: int64(sampleTime)}
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	core.Step(now, w, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 1, Services: []string{"s"}})
	core.Step(now, wire.Peer{Dialect: wire.Local}, &wire.Submit{Spec: &journal.Spec{Tries: 2, RetryDelayMS: 60_000, Target: ofService("s")}})
	id := core.Take().Records[0].Task
	core.Step(now, w, &wire.Outcome{Ref: wire.Ref{Task: id, Attempt: 1}, Verdict: wire.VerdictFailed})
	for range 2 {
		e, err := Explain(store, lookInto(now, core), id, now.WallMS)
		if err != nil || len(e.Reasons) == 0 || e.Reasons[0].Advice != "try it at once: bcp-ctl tasks retry "+id.String() {
			t.Errorf("at %s: %+v, %v", view.Time(now.WallMS), e.Reasons, err)
		}
		now.WallMS += 3_600_000
	}
}
