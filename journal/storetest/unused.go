package storetest

import (
	"fmt"
	"slices"
	"testing"

	"bcp/journal"
)

// testUnused: no key that stands for a task is ever told to be unused; and of most that
// stand for none, and have been looked up, it is told.
func testUnused(t *testing.T, h *Harness) {
	const keys = 200
	keyOf := func(n int) string { return fmt.Sprint("client/", n) }
	missing, told := 0, 0
	for n := range keys {
		if n%2 == 0 {
			commit(t, h.Store, submit(n+1, keyOf(n), "b"))
		}
		if n%40 != 39 {
			continue
		}
		for probe := range keys {
			ranges := unusedAbout(t, h.Store, keyOf(probe))
			for used := 0; used <= n; used += 2 {
				if has(ranges, keyOf(used)) {
					t.Fatalf("about %q: %+v has %q, which is used", keyOf(probe), ranges, keyOf(used))
				}
			}
			if probe%2 == 1 || probe > n {
				missing++
			}
			if has(ranges, keyOf(probe)) {
				told++
			}
		}
	}
	if told < missing*9/10 {
		t.Errorf("of %d keys that are unused, %d are told to be", missing, told)
	}
}

func has(ranges []journal.KeyRange, key string) bool {
	return slices.ContainsFunc(ranges, func(r journal.KeyRange) bool { return r.Has(key) })
}

// unusedAbout looks a key up and asks for the unused ones about it.
func unusedAbout(t *testing.T, s journal.Store, key string) []journal.KeyRange {
	t.Helper()
	if _, _, err := s.ByKey(key); err != nil {
		t.Fatal(err)
	}
	ranges, err := s.Unused(key)
	if err != nil {
		t.Fatal(err)
	}
	if len(ranges) > journal.MaxUnused {
		t.Fatalf("about %q: %d ranges", key, len(ranges))
	}
	for i := 1; i < len(ranges); i++ {
		if ranges[i].After < ranges[i-1].Before || ranges[i-1].Before == "" {
			t.Fatalf("about %q: %+v is not in its order", key, ranges)
		}
	}
	return ranges
}
