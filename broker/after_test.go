package broker_test

import (
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

// TestAfterWhatIsBeingForgotten submits a task that waits for one that has ended, and
// that is pruned at that very moment: it has ended all the same.
func TestAfterWhatIsBeingForgotten(t *testing.T) {
	store, first := journal.NewMemDisk("after").Open(), journal.ID{15: 1}
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
	core.Step(now, client, &wire.Submit{Req: 1, Spec: &journal.Spec{
		Tries: 1, Target: target, After: []journal.Dependency{{Task: first, Wants: journal.WantsDone}},
	}})
	kinds := []journal.Kind{}
	for _, r := range core.Take().Records {
		kinds = append(kinds, r.Kind)
	}
	if len(kinds) != 2 || kinds[0] != journal.KindSubmit || kinds[1] != journal.KindMet {
		t.Errorf("journaled %v, want submit and met", kinds)
	}
}
