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
