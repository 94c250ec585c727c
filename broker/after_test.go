package broker_test

import (
	"maps"
	"testing"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// TestOpenMeetsDependencies opens a journal in which a task has ended, but not
// what follows for those that wait for it: that is made up for.
func TestOpenMeetsDependencies(t *testing.T) {
	store := journal.NewMemDisk("after").Open()
	target := journal.Target{Kind: journal.ToService, Name: "somebody"}
	first, met, unmet := journal.ID{15: 1}, journal.ID{15: 2}, journal.ID{15: 3}
	submit := func(id journal.ID, after ...journal.Dependency) journal.Record {
		return journal.Record{Task: id, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1, Target: target, After: after}}
	}
	for _, r := range []journal.Record{
		submit(first),
		submit(met, journal.Dependency{Task: first, Wants: journal.WantsEnd}),
		submit(unmet, journal.Dependency{Task: first, Wants: journal.WantsDone}),
		{Task: first, Kind: journal.KindEnd, State: journal.Failed, Reason: journal.ReasonError},
	} {
		if err := store.Commit([]journal.Record{r}); err != nil {
			t.Fatal(err)
		}
	}
	f := &flood{t: t, store: store, core: broker.New(broker.Config{}, store, zeros{}, unmet)}
	if err := f.core.RestoreFrom(store); err != nil {
		t.Fatal(err)
	}
	f.core.Open(f.now)
	if s := f.core.Stats(); s.Pending != 1 || s.Canceled != 1 {
		t.Errorf("%d tasks are pending and %d canceled, not one each", s.Pending, s.Canceled)
	}
	for _, s := range f.register(0, 1) {
		if m, ok := s.Msg.(*wire.Dispatch); ok && m.Task == met {
			return
		}
	}
	t.Error("the task whose dependency is met is not dispatched")
}

// forgetting is an archive that forgets a task when it was looked up.
type forgetting struct {
	*journal.MemStore
	task  journal.ID
	asked int
}

func (f *forgetting) Get(id journal.ID) (journal.Entry, error) {
	if id == f.task {
		if f.asked++; f.asked > 1 {
			return journal.Entry{}, journal.ErrNotFound
		}
	}
	return f.MemStore.Get(id)
}

// submitAfterForgotten steps submits of tasks that wait for one that is being forgotten, and
// returns how many records of each kind come of it.
func submitAfterForgotten(t *testing.T, ask func(*journal.Spec) wire.Message) map[journal.Kind]int {
	store, first := journal.NewMemDisk("after").Open(), journal.ID{5: 1}
	target := journal.Target{Kind: journal.ToService, Name: "somebody"}
	if err := store.Commit([]journal.Record{
		{Task: first, Kind: journal.KindSubmit, Spec: &journal.Spec{Tries: 1, Target: target}},
		{Task: first, Kind: journal.KindEnd, State: journal.Done, Reason: journal.ReasonFinished},
	}); err != nil {
		t.Fatal(err)
	}
	core := broker.New(broker.Config{}, &forgetting{MemStore: store, task: first}, zeros{}, first)
	now, client := broker.Instant{WallMS: 1}, wire.Peer{Dialect: wire.BCP2Client, Route: "c"}
	core.Step(now, client, &wire.Hello{Session: "c"})
	core.Step(now, client, ask(&journal.Spec{
		Tries: 1, Target: target, After: []journal.Dependency{{Task: first, Wants: journal.WantsDone}},
	}))
	kinds := map[journal.Kind]int{}
	for _, r := range core.Take().Records {
		kinds[r.Kind]++
	}
	return kinds
}

// TestAfterWhatIsBeingForgotten submits a task that waits for one that has ended, and
// that is pruned at that very moment: it has ended all the same.
func TestAfterWhatIsBeingForgotten(t *testing.T) {
	kinds := submitAfterForgotten(t, func(s *journal.Spec) wire.Message { return &wire.Submit{Req: 1, Spec: s} })
	if !maps.Equal(kinds, map[journal.Kind]int{journal.KindSubmit: 1, journal.KindMet: 1}) {
		t.Errorf("journaled %v, want submit and met", kinds)
	}
}

// TestBatchAfterWhatIsBeingForgotten is the same for many at once: what they wait for is
// looked for once, and not for each of them.
func TestBatchAfterWhatIsBeingForgotten(t *testing.T) {
	const tasks = 100
	kinds := submitAfterForgotten(t, func(s *journal.Spec) wire.Message {
		m := &wire.SubmitBatch{Req: 1}
		for range tasks {
			own := *s
			m.Submits = append(m.Submits, wire.Submit{Spec: &own})
		}
		return m
	})
	if !maps.Equal(kinds, map[journal.Kind]int{journal.KindSubmit: tasks, journal.KindMet: tasks}) {
		t.Errorf("journaled %v, want submit and met of each", kinds)
	}
}
