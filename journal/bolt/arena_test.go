package bolt

import (
	"testing"

	"bcp/journal"
)

// What a commit of large payloads allocated is there for the next such one, also when small
// ones come between, and given back after many small ones; more than a limit is not kept
// at all.
func TestArenaIsKeptAndGivenBack(t *testing.T) {
	s, _ := openNew(t, plain)
	n := 0
	commit := func(size int) {
		t.Helper()
		n++
		life := benchLife(n)
		life[0].Payload = make([]byte, size)
		if err := s.Commit(life[:1]); err != nil {
			t.Fatal(err)
		}
	}
	commit(8 << 20)
	kept := cap(s.arena)
	for _, size := range []int{7 << 20, 1, 7 << 20} {
		commit(size)
		if kept < 8<<20 || cap(s.arena) != kept {
			t.Errorf("after 8 MiB %d bytes are kept, after %d more %d", kept, size, cap(s.arena))
		}
	}
	for range 2 {
		for range arenaSpells - 1 {
			commit(1)
		}
		if cap(s.arena) != kept {
			t.Errorf("after too few small ones %d bytes are kept", cap(s.arena))
		}
		commit(7 << 20)
	}
	for range arenaSpells {
		commit(1)
	}
	if cap(s.arena) > arenaMin {
		t.Errorf("after small ones %d bytes are kept", cap(s.arena))
	}
	commit(arenaMax)
	if cap(s.arena) > arenaMin {
		t.Errorf("after a very large one %d bytes are kept", cap(s.arena))
	}
	for n := range n {
		if _, err := s.Body(benchID(n + 1)); err != nil {
			t.Error(err)
		}
	}
}

// Memory for all payloads of a commit is there before the first is copied: it doesn't
// grow with each.
func TestArenaIsReserved(t *testing.T) {
	var w writer
	records := make([]journal.Record, 100)
	for i := range records {
		records[i].Payload = make([]byte, 64<<10)
	}
	w.reserve(records)
	if whole := len(records) * (64 << 10); cap(w.arena) < whole || len(w.arena) != 0 {
		t.Errorf("%d bytes of %d are reserved, %d are in use", cap(w.arena), whole, len(w.arena))
	}
	before := cap(w.arena)
	w.reserve(records[:99])
	if cap(w.arena) != before {
		t.Error("what there is is enough, and it is made anew")
	}
}
