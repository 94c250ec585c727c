package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"bcp/journal"
)

// testKeys: the last submit under a key has it, also after the end.
func testKeys(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "k", "a"), submit(2, "other", "b"))
	checkKey(t, h.Store, "k", 1)
	commit(t, h.Store, dispatch(1, 1), end(1, 1, ""))
	checkKey(t, h.Store, "k", 1)
	commit(t, h.Store, submit(3, "k", "c"))
	checkKey(t, h.Store, "k", 3)
	h.reopen()
	checkKey(t, h.Store, "k", 3)
	checkKey(t, h.Store, "other", 2)
	if _, found, err := h.Store.ByKey("kk"); found || err != nil {
		t.Errorf("by unknown key: %v, %v", found, err)
	}
}

func checkKey(t *testing.T, s journal.Store, key string, n int) {
	t.Helper()
	if id, found, err := s.ByKey(key); id != idOf(n) || !found || err != nil {
		t.Errorf("key %q: %v, %v, %v; want task %d", key, id, found, err, n)
	}
}

// testScan reads live and ended tasks, merged and apart, from both ends, from
// every place, by pages of every size.
func testScan(t *testing.T, h *Harness) {
	const tasks = 12
	all := map[bool][]int{} // by ended
	for n := 1; n <= tasks; n++ {
		commit(t, h.Store, submit(n, "", "b"))
		ended := n%3 == 0 || n == 1 || n == 2
		if ended {
			commit(t, h.Store, dispatch(n, 1), end(n, 1, "r"))
		}
		all[ended] = append(all[ended], n)
	}
	for _, part := range []struct{ live, ended bool }{{true, true}, {true, false}, {false, true}, {false, false}} {
		want := []journal.ID{}
		if part.live {
			want = append(want, ids(all[false]...)...)
		}
		if part.ended {
			want = append(want, ids(all[true]...)...)
		}
		slices.SortFunc(want, journal.ID.Compare)
		for _, descending := range []bool{false, true} {
			if descending {
				slices.Reverse(want)
			}
			r := journal.Range{Live: part.live, Ended: part.ended, Descending: descending}
			checkScan(t, h.Store, r, want)
		}
	}
}

func checkScan(t *testing.T, s journal.Store, r journal.Range, want []journal.ID) {
	t.Helper()
	for r.Limit = range len(want) + 2 {
		if got := scanAll(t, s, r); !slices.Equal(got, want) {
			t.Errorf("scan %+v: %v\nwant %v", r, got, want)
		}
	}
	for n := range 14 { // also before the first, behind the last, and at tasks of the other part
		r.After = idOf(n)
		if n == 0 {
			r.After = journal.ID{15: 1}
		}
		rest := slices.DeleteFunc(slices.Clone(want), func(id journal.ID) bool {
			return id == r.After || (id.Compare(r.After) < 0) != r.Descending
		})
		if got := scanAll(t, s, r); !slices.Equal(got, rest) {
			t.Errorf("scan %+v: %v\nwant %v", r, got, rest)
		}
	}
}

func testScanStops(t *testing.T, h *Harness) {
	commit(t, h.Store, submit(1, "", ""), submit(2, "", ""), submit(3, "", ""))
	stop, calls := errors.New("stop"), 0
	_, err := h.Store.Scan(journal.Range{Live: true}, func(journal.Entry) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("scan returned %v after %d calls, want the function's own error after 1", err, calls)
	}
}

// testReopen: everything is there again, in a new epoch, of the same broker.
func testReopen(t *testing.T, h *Harness) {
	for n := 1; n <= 20; n++ {
		commit(t, h.Store, submit(n, fmt.Sprint("key", n), fmt.Sprint("body", n)), dispatch(n, 1))
		if n%2 == 0 {
			commit(t, h.Store, end(n, 1, fmt.Sprint("result", n)))
		}
	}
	before := h.Store.Meta()
	again := h.reopen()
	after := again.Meta()
	if after.Epoch <= before.Epoch {
		t.Errorf("epoch %d after %d", after.Epoch, before.Epoch)
	}
	before.Epoch = after.Epoch
	if after != before {
		t.Errorf("meta after reopening: %+v\nbefore: %+v", after, before)
	}
	for n := 1; n <= 20; n++ {
		checkKey(t, again, fmt.Sprint("key", n), n)
		if n%2 == 0 {
			checkResult(t, again, n, fmt.Sprint("result", n), nil)
		} else {
			checkBody(t, again, n, fmt.Sprint("body", n), nil)
		}
	}
	commit(t, again, end(1, 1, "r"), submit(21, "", ""))
	if meta := again.Meta(); meta.Ended != 11 || meta.Last != idOf(21) {
		t.Errorf("meta after more work: %+v", meta)
	}
}
