package journal_test

import (
	"testing"

	"bcp/journal"
	"bcp/journal/storetest"
)

func TestMemStore(t *testing.T) {
	t.Run("fault lost", func(t *testing.T) { storetest.Run(t, memHarness(journal.FaultLost)) })
	t.Run("fault applied", func(t *testing.T) { storetest.Run(t, memHarness(journal.FaultApplied)) })
}

func memHarness(fault journal.Fault) storetest.Opener {
	return func(t *testing.T) *storetest.Harness {
		disk := journal.NewMemDisk(t.Name())
		store := disk.Open()
		return &storetest.Harness{
			Store:    store,
			Reopen:   func() journal.Store { store = store.Crash(); return store },
			FailNext: func() { store.FailNext(fault) },
			TakeOver: func() { disk.Open() },
			Blobs:    disk.Blobs,
		}
	}
}

// A commit that fails is there or not, as it was told; the store says the same
// in both cases.
func TestMemStoreFaults(t *testing.T) {
	for fault, want := range map[journal.Fault]int{journal.FaultLost: 0, journal.FaultApplied: 1} {
		store := journal.NewMemDisk("seed").Open()
		store.FailNext(fault)
		record := journal.Record{Task: journal.ID{15: 1}, Kind: journal.KindSubmit, Spec: &journal.Spec{}}
		if err := store.Commit([]journal.Record{record}); err == nil {
			t.Fatal("the commit that had to fail returned nil")
		}
		got := 0
		err := journal.EachLive(store.Crash(), func(journal.ID, []journal.Record) error { got++; return nil })
		if got != want || err != nil {
			t.Errorf("fault %d: %d tasks after the crash, want %d; %v", fault, got, want, err)
		}
	}
}

func TestMemDiskIsDeterministic(t *testing.T) {
	a, b, c := journal.NewMemDisk("1").Open(), journal.NewMemDisk("1").Open(), journal.NewMemDisk("2").Open()
	if a.Meta() != b.Meta() || a.Meta().Broker == c.Meta().Broker {
		t.Errorf("meta of equal seeds: %v, %v; of another: %v", a.Meta(), b.Meta(), c.Meta())
	}
}
