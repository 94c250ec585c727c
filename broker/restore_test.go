package broker

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// A row whose records don't follow from each other, or that has none, is damage, and
// the task is named.
func TestRestoreOfDamage(t *testing.T) {
	id := journal.ID{15: 7}
	for name, records := range map[string][]journal.Record{
		"none":     nil,
		"no begin": {{Task: id, Kind: journal.KindDispatch, Attempt: 1, Worker: "w"}},
		"twice begun": {
			{Task: id, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1}},
			{Task: id, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1}},
		},
	} {
		b := New(Config{}, journal.NewMemDisk("restore").Open(), &room{}, journal.ID{})
		err := b.Restore(id, records)
		if !errors.Is(err, journal.ErrCorrupt) || !strings.Contains(err.Error(), id.String()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Rows are taken up as what their records add up to, whether they are decoded or not:
// tasks, their keys, what is counted, and who goes first.
func TestRestoreRows(t *testing.T) {
	store := journal.NewMemDisk("rows").Open()
	for _, records := range liveSorts() {
		if err := store.Commit(records); err != nil {
			t.Fatal(err)
		}
	}
	whole := func(restore func(*Broker) error) (b *Broker, tasks []journal.Task) {
		b = New(Config{}, store, &room{}, journal.ID{})
		if err := restore(b); err != nil {
			t.Fatal(err)
		}
		b.Open(Instant{WallMS: restoreMS + 1000})
		for _, id := range b.liveIDs() {
			tasks = append(tasks, b.tasks.get(id).whole())
		}
		return b, tasks
	}
	decoded, want := whole(func(b *Broker) error { return journal.EachLive(store, b.Restore) })
	b, got := whole(func(b *Broker) error { return b.RestoreFrom(store) })
	if len(want) != len(liveSorts()) || !reflect.DeepEqual(got, want) {
		t.Errorf("rows: %+v\nrecords: %+v", got, want)
	}
	for i, task := range want {
		ours := b.tasks.get(task.ID)
		if ours.folded() != decoded.tasks.get(task.ID).folded() {
			t.Errorf("task %d: folded is %v", i, ours.folded())
		}
		if key := task.Spec.Key; key != "" && b.keys.get(key) != ours {
			t.Errorf("task %d is not found by its key %q", i, key)
		}
	}
	if b.Stats() != decoded.Stats() || b.keys.len != decoded.keys.len {
		t.Errorf("rows: %+v, %d keys; records: %+v, %d keys", b.Stats(), b.keys.len, decoded.Stats(), decoded.keys.len)
	}
	for target, m := range decoded.meters.byTarget {
		if ours := b.meters.byTarget[target]; ours == nil || ours.waiting != m.waiting || ours.running != m.running {
			t.Errorf("%v: counted as %+v, want %+v", target, ours, m)
		}
	}
	for _, task := range want {
		if b.live(task.ID); !reflect.DeepEqual(b.tasks.get(task.ID).Task, task) {
			t.Errorf("unfolded as %+v\nwas %+v", b.tasks.get(task.ID).Task, task)
		}
	}
	if len(b.folds.byText) != 0 || len(b.folds.bySpec) != 0 {
		t.Errorf("%d specs are shared when no task is folded", len(b.folds.byText))
	}
}

// A BCP/1 client whose routing id was given to it by ZeroMQ is not there after a restart: it
// has another one, and no session is made that would wait for its jobs to end.
func TestRestoreOfBCP1Clients(t *testing.T) {
	store := journal.NewMemDisk("clients").Open()
	own, given := bcp1Prefix+"6d65", bcp1Prefix+"0012345678"
	for i, client := range []string{own, given} {
		if err := store.Commit(submittedAs(i+1, journal.Spec{Client: client}, 0)); err != nil {
			t.Fatal(err)
		}
	}
	b := New(Config{}, store, &room{}, journal.ID{})
	if err := b.RestoreFrom(store); err != nil {
		t.Fatal(err)
	}
	b.Open(Instant{WallMS: restoreMS + 1000})
	if len(b.sessions) != 1 || b.sessions[own] == nil {
		t.Errorf("%d sessions, want that of %s alone", len(b.sessions), own)
	}
}

// A group has been passed over since it waits, also if a restart has it forgotten when its last
// member started: a worker is kept for it at once after a minute, as for another task.
func TestKeptForAfterARestart(t *testing.T) {
	for _, array := range []string{"", "2"} {
		store := journal.NewMemDisk("kept").Open()
		for n, spec := range []journal.Spec{
			{Array: array, Resources: []string{"cpu=4"}},
			{Resources: []string{"cpu=2"}, Priority: 50},
			{Resources: []string{"cpu=2"}, Priority: -50},
		} {
			if err := store.Commit(submittedAs(n+1, spec, 0)); err != nil {
				t.Fatal(err)
			}
		}
		b := New(Config{}, store, &room{}, journal.ID{})
		if err := b.RestoreFrom(store); err != nil {
			t.Fatal(err)
		}
		now := Instant{WallMS: restoreMS + 61_000}
		b.Open(now)
		b.Step(now, wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}, &wire.Register{
			Name: "w", Instance: [16]byte{1}, Slots: 4, Services: []string{"s"}, Resources: []string{"cpu=4"},
		})
		if s := b.Stats(); s.Dispatched != 1 {
			t.Errorf("beside array %q, %d small ones are dispatched, want 1", array, s.Dispatched)
		}
	}
}

const restoreMS = 1_700_000_000_000

// liveSorts are the records of tasks that have not ended, of several sorts and of each
// more than one.
func liveSorts() (all [][]journal.Record) {
	digest := [16]byte{1, 2}
	for _, spec := range []journal.Spec{
		{},
		{},
		{Key: "a", Digest: digest},
		{Key: "b", Digest: digest},
		{Key: "c"},
		{Key: "d"},
		{Priority: 5},
		{Priority: 5, Key: "e"},
		{Hold: true},
		{Hold: true},
		{Labels: []string{"a=b"}},
		{Labels: []string{"a=b"}},
		{DelayMS: 1e9},
		{DelayMS: 1e9},
		{Client: bcp1Prefix + "x", Key: "f"},
		{Client: bcp1Prefix + "x", Key: "g"},
	} {
		all = append(all, submittedAs(len(all)+1, spec, 0))
	}
	late := submittedAs(len(all)+1, journal.Spec{}, 7) // the clock went on between its ID and its record
	given := submittedAs(len(all)+2, journal.Spec{}, 0)
	given = append(given, journal.Record{Task: given[0].Task, Kind: journal.KindDispatch, Attempt: 1, Worker: "w", Time: restoreMS + 5})
	saved := submittedAs(len(all)+3, journal.Spec{}, 0)
	saved = append(saved, given[1], journal.Record{Kind: journal.KindStart, Attempt: 1, Worker: "w", Time: restoreMS + 6},
		journal.Record{Kind: journal.KindCheckpoint, Attempt: 1, Worker: "w", Seq: 1, Time: restoreMS + 7, Payload: []byte("x")})
	for i := range saved {
		saved[i].Task = saved[0].Task
	}
	return append(all, late, given, saved)
}

// submittedAs is the submit of the n-th task, so many milliseconds after its ID was made.
func submittedAs(n int, spec journal.Spec, laterMS int64) []journal.Record {
	id := journal.ID{15: byte(n)}
	if err := id.SetTime(restoreMS + uint64(n/4)); err != nil {
		panic(err) // a time in this millennium
	}
	spec.Tries, spec.Target = 1, journal.Target{Kind: journal.ToService, Name: "s"}
	if spec.Client == "" {
		spec.Client = "c"
	}
	return []journal.Record{{
		Task: id, Kind: journal.KindSubmit, Time: int64(id.Time()) + laterMS, Spec: &spec, Payload: make([]byte, n),
	}}
}
