package broker

import (
	"reflect"
	"testing"
	"unsafe"

	"bcp/broker/wire"
	"bcp/journal"
)

// A folded task is what it was, to everybody who asks; and it is small.
func TestFold(t *testing.T) {
	f := &fleet{Broker: New(Config{}, journal.NewMemDisk("fold").Open(), &room{}, journal.ID{}), services: 1}
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
		was, watchers := task.Task, task.watchers
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
	f := &fleet{Broker: New(Config{}, journal.NewMemDisk("fold").Open(), &room{}, journal.ID{}), services: 3}
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
