package broker

import (
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"bcp/broker/wire"
	"bcp/journal"
)

// A folded task is what it was, to everybody who asks; and it is small.
func TestFold(t *testing.T) {
	f := &fleet{Broker: New(Config{Unfolded: -1}, journal.NewMemDisk("fold").Open(), &room{}, journal.ID{}), services: 1}
	f.Step(Instant{}, roomClient, &wire.Hello{Session: "c"})
	target := journal.Target{Kind: journal.ToService, Name: "s"}
	for name, c := range map[string]struct {
		spec  journal.Spec
		folds bool
	}{
		"plain":   {journal.Spec{Tries: 1}, true},
		"key":     {journal.Spec{Tries: 1, Key: "k1"}, true},
		"options": {journal.Spec{Tries: 3, Priority: 5, RunTimeoutMS: 7, Labels: []string{"a=b"}, Argv: []string{"x", ""}}, true},
		"timer":   {journal.Spec{Tries: 1, QueueTimeoutMS: 60_000}, false},
		"held":    {journal.Spec{Tries: 1, Hold: true}, false},
		"delayed": {journal.Spec{Tries: 1, DelayMS: 60_000}, false},
	} {
		c.spec.Target = target
		before := f.tasks.len
		f.Step(Instant{WallMS: 1_700_000_000_000}, roomClient, &wire.Submit{Req: 1, Spec: &c.spec})
		if f.tasks.len != before+1 {
			t.Fatalf("%s: not accepted", name)
		}
		task := f.tasks.get(f.ids.last)
		was, watchers := task.Task, slices.Clone(task.watchers)
		f.Take()
		if task.folded() != c.folds {
			t.Errorf("%s: folded %v", name, task.folded())
		}
		if got := task.whole(); !reflect.DeepEqual(got, was) {
			t.Errorf("%s: %+v\nwas %+v", name, got, was)
		}
		if f.live(task.ID); !reflect.DeepEqual(task.Task, was) || !reflect.DeepEqual(task.watchers, watchers) || !reflect.DeepEqual(task.Spec, was.Spec) {
			t.Errorf("%s: unfolded as %+v\nwas %+v", name, task.Task, was)
		}
		f.Take()
	}
	if size := unsafe.Sizeof(task{}); size > 64 {
		t.Errorf("a folded task has %d bytes", size)
	}
}

// What folded tasks share is there as long as one of them is.
func TestFoldLetsGo(t *testing.T) {
	f := &fleet{Broker: New(Config{Unfolded: -1}, journal.NewMemDisk("fold").Open(), &room{}, journal.ID{}), services: 3}
	f.Step(Instant{}, roomClient, &wire.Hello{Session: "c"})
	for range 9 {
		f.submit()
		f.Take()
	}
	if len(f.folds.byText) != 3 || len(f.folds.bySpec) != 3 {
		t.Errorf("9 tasks for 3 services share %d specs", len(f.folds.byText))
	}
	for _, id := range f.liveIDs() {
		f.Step(Instant{}, roomClient, &wire.Cancel{Req: 1, Task: id})
		f.Take()
	}
	if len(f.folds.byText) != 0 || len(f.folds.bySpec) != 0 || len(f.folds.touched) != 0 {
		t.Errorf("%d specs are left, and %d tasks to fold", len(f.folds.byText), len(f.folds.touched))
	}
}

// The last tasks that came are folded when others have come after them, and not at
// all if they go before.
func TestFoldLater(t *testing.T) {
	f := &fleet{Broker: New(Config{Unfolded: 2}, journal.NewMemDisk("fold").Open(), &room{}, journal.ID{}), services: 1}
	f.Step(Instant{}, roomClient, &wire.Hello{Session: "c"})
	folded := func() (list []bool) {
		for _, id := range f.liveIDs() {
			list = append(list, f.tasks.get(id).folded())
		}
		return list
	}
	for range 4 {
		f.submit()
	}
	if got := folded(); !reflect.DeepEqual(got, []bool{true, true, false, false}) {
		t.Errorf("folded: %v", got)
	}
	for _, id := range f.liveIDs()[2:] {
		f.Step(Instant{}, roomClient, &wire.Cancel{Req: 1, Task: id})
	}
	f.submit()
	if got := folded(); !reflect.DeepEqual(got, []bool{true, true, false}) || len(f.folds.touched) != 1 {
		t.Errorf("folded: %v, %d are still to be", got, len(f.folds.touched))
	}
}

// What a task was is the memory of a later one when it is forgotten, unless others may
// look at it still; and whoever does sees one that is over.
func TestLivesAreUsedAgain(t *testing.T) {
	f := &fleet{Broker: New(Config{}, journal.NewMemDisk("fold").Open(), &room{}, journal.ID{}), services: 1}
	f.Step(Instant{}, roomClient, &wire.Hello{Session: "c"})
	end := func(after []journal.Dependency) (*task, *life) {
		spec := &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}, After: after}
		f.Step(Instant{}, roomClient, &wire.Submit{Req: 1, Spec: spec})
		last := f.live(f.ids.last)
		was := last.life
		f.Step(Instant{}, roomClient, &wire.Cancel{Req: 1, Task: last.ID})
		return last, was
	}
	commit := func() { f.Committed(f.Take().Mark) }
	first, life := end(nil)
	commit()
	second, again := end(nil)
	if again != life || !first.over() || second.State != journal.Canceled || second.Task.ID != second.ID {
		t.Errorf("a life is not used again, or the first task is not over, or the second is %+v", second.Task)
	}
	f.submit() // it waits, and another one for it
	wait := []journal.Dependency{{Task: f.ids.last, Wants: journal.WantsEnd}}
	waiting, life := end(wait)
	commit()
	if _, again := end(nil); again == life || waiting.life != life {
		t.Error("others may look at a task that waited for one that is there")
	}
}

// The memory of effects that are done with is that of later ones, which are none the
// different for it.
func TestReuse(t *testing.T) {
	f := &fleet{Broker: New(Config{}, journal.NewMemDisk("fold").Open(), &room{}, journal.ID{}), services: 1}
	f.Step(Instant{}, roomClient, &wire.Hello{Session: "c"})
	f.Take()
	submit := func() Effects {
		f.Step(Instant{}, roomClient, &wire.Submit{Req: 1, Spec: &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}}})
		return f.Take()
	}
	first := submit()
	records, sends := &first.Records[0], &first.Sends[0]
	f.Reuse(first)
	if records.Spec != nil || sends.Msg != nil {
		t.Error("what is done with is still held")
	}
	submit() // its effects are where they were begun
	if next := submit(); &next.Records[0] != records || &next.Sends[0] != sends || records.Kind != journal.KindSubmit {
		t.Errorf("%+v", next)
	}
	if next := submit(); &next.Records[0] == records || len(next.Records) != 1 {
		t.Errorf("%+v", next)
	}
}

// A life that is kept for another task keeps nothing of the one before, nobody who watched,
// and little memory for those.
func TestLivesKeepNothing(t *testing.T) {
	for _, n := range []int{0, 1, watchersMax, watchersMax + 1, 60_000} {
		var f folding
		all := make([]watcher, n)
		for i := range all {
			all[i].session = new(session)
		}
		f.keep(&life{seq: 7, watchers: all})
		l := f.newLife()
		if room := cap(l.watchers); l.seq != 0 || len(l.watchers) != 0 || room > watchersMax {
			t.Errorf("%d watchers: %d are left, and room for %d", n, len(l.watchers), room)
		}
		for _, w := range l.watchers[:cap(l.watchers)] {
			if w.session != nil {
				t.Errorf("%d watchers: one is kept", n)
			}
		}
	}
}
