package catalog

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// epochMS is when the first task was submitted.
const epochMS = 1769860800000

// taskID is the ID of task n, submitted n seconds after the first.
func taskID(n int) (id journal.ID) {
	_ = id.SetTime(uint64(epochMS + 1000*n)) // fails in the year 10889
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// fill makes a journal of n tasks, of which every third has ended, each at an
// earlier time than the one before.
func fill(t *testing.T, n int) *journal.MemStore {
	t.Helper()
	store := journal.NewMemDisk("catalog").Open()
	for i := range n {
		add(t, store, i)
	}
	return store
}

func add(t *testing.T, store journal.Store, i int) {
	t.Helper()
	spec := &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: fmt.Sprintf("s%d", i%2)}}
	records := []journal.Record{{Task: taskID(i), Kind: journal.KindSubmit, Time: int64(epochMS + 1000*i), Spec: spec}}
	if i%3 == 0 {
		records = append(records, journal.Record{
			Task: taskID(i), Kind: journal.KindEnd, State: journal.Failed, Reason: journal.ReasonQueueTimeout, Time: int64(epochMS*2 - i),
		})
	}
	if err := store.Commit(records); err != nil {
		t.Fatal(err)
	}
}

// list returns the numbers of the tasks that l asks for.
func list(t *testing.T, j Journal, l api.List) (numbers []int, end api.End) {
	t.Helper()
	end, err := New(j).List(t.Context(), l, func(task *journal.Task) error {
		numbers = append(numbers, int(binary.BigEndian.Uint32(task.ID[12:])))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return numbers, end
}

// numbers counts from first to last in steps.
func numbers(first, last, step int) (all []int) {
	for i := first; i != last; i += step {
		all = append(all, i)
	}
	return all
}

func checkNumbers(t *testing.T, got, want []int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%d tasks %v...: want %d, %v...", len(got), got[:min(5, len(got))], len(want), want[:min(5, len(want))])
	}
}

const many = 3*pageSize + 7

func TestListIsWhole(t *testing.T) {
	store := fill(t, many)
	all, _ := list(t, store, api.List{Filter: api.Filter{All: true}})
	checkNumbers(t, all, numbers(0, many, 1))
	ended, _ := list(t, store, api.List{Filter: api.Filter{States: []string{"failed"}}})
	checkNumbers(t, ended, numbers(0, many+2, 3))
	live, _ := list(t, store, api.List{})
	if len(live)+len(ended) != many {
		t.Errorf("%d live and %d ended of %d tasks", len(live), len(ended), many)
	}
	falling, _ := list(t, store, api.List{Filter: api.Filter{All: true}, Sort: "-submitted"})
	checkNumbers(t, falling, numbers(many-1, -1, -1))
}

// Pages of any size, each from the cursor of the one before, are the list.
func TestListByPages(t *testing.T) {
	store := fill(t, many)
	for _, limit := range []int{7, pageSize - 1, pageSize, pageSize + 1, many, many + 1} {
		for _, sort := range []string{"submitted", "-submitted"} {
			var all []int
			l := api.List{Filter: api.Filter{All: true}, Limit: limit, Sort: sort}
			for {
				page, end := list(t, store, l)
				all = append(all, page...)
				if !end.More && end.Cursor == "" {
					break
				}
				if len(page) != limit || !end.More || end.Cursor == "" {
					t.Fatalf("a page of %d ends with %+v: want %d, and more", len(page), end, limit)
				}
				l.Cursor = end.Cursor
			}
			if sort == "-submitted" {
				slices.Reverse(all)
			}
			checkNumbers(t, all, numbers(0, many, 1))
		}
	}
}

func TestListSince(t *testing.T) {
	store := fill(t, many)
	for _, n := range []int{0, 1, many / 2, many - 1, many} {
		got, _ := list(t, store, api.List{Filter: api.Filter{All: true, Since: api.Given(api.Time(epochMS + 1000*n).String())}})
		checkNumbers(t, got, numbers(n, many, 1))
		before, _ := list(t, store, api.List{Filter: api.Filter{All: true, Before: api.Given(api.Time(epochMS + 1000*n).String())}})
		checkNumbers(t, before, numbers(0, n, 1))
	}
}

func TestListSorted(t *testing.T) {
	store := fill(t, 100)
	f := api.Filter{States: []string{"failed"}}
	got, _ := list(t, store, api.List{Filter: f, Sort: "ended"})
	checkNumbers(t, got, numbers(99, -3, -3))
	got, _ = list(t, store, api.List{Filter: f, Sort: "-ended", Limit: 5})
	checkNumbers(t, got, numbers(0, 15, 3))
	got, _ = list(t, store, api.List{Filter: api.Filter{All: true}, Sort: "-state", Limit: 2})
	checkNumbers(t, got, []int{0, 3})
}

// Also a list without a cursor tells that its limit cut it, and only then.
func TestListSortedTellsThatThereAreMore(t *testing.T) {
	store := fill(t, 100)
	for limit, more := range map[int]bool{0: false, 1: true, 33: true, 49: true, 50: true, 99: true, 100: false, 101: false} {
		got, end := list(t, store, api.List{Filter: api.Filter{All: true}, Sort: "state", Limit: limit})
		if want := (api.End{Items: len(got), More: more}); end != want {
			t.Errorf("limit %d: the end is %+v: want %+v", limit, end, want)
		}
	}
}

func TestListRefuses(t *testing.T) {
	c := New(fill(t, 1))
	for says, l := range map[string]api.List{
		"one of submitted, started":  {Sort: "size"},
		"one of submitted, started ": {Sort: "-"},
		"a limit up to 10000":        {Sort: "ended", Limit: api.SortMax + 1},
		"no cursor":                  {Sort: "ended", Cursor: taskID(0).String()},
		"the cursor of the list":     {Cursor: "nonsense"},
		"use one of pending":         {Filter: api.Filter{States: []string{"gone"}}},
	} {
		_, err := c.List(t.Context(), l, func(*journal.Task) error { return nil })
		var e *api.Error
		if !errors.As(err, &e) || e.Code != api.CodeBadRequest || !strings.Contains(e.Message, strings.TrimSpace(says)) {
			t.Errorf("%+v: %v: should say %s", l, err, says)
		}
	}
}

// A list ends, although tasks are submitted faster than they are listed.
func TestListEnds(t *testing.T) {
	store := fill(t, many)
	next := many
	_, err := New(store).List(t.Context(), api.List{Filter: api.Filter{All: true}}, func(*journal.Task) error {
		if next > 10*many {
			return errors.New("the list goes on and on")
		}
		for range 5 {
			add(t, store, next)
			next++
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// failing is a journal whose scans fail after some pages.
type failing struct {
	*journal.MemStore
	pages int
}

func (f *failing) Scan(r journal.Range, fn func(journal.Entry) error) (bool, error) {
	if f.pages--; f.pages < 0 {
		return false, journal.ErrCorrupt
	}
	return f.MemStore.Scan(r, fn)
}

// A list that cannot be completed is an error, wherever it fails.
func TestListFails(t *testing.T) {
	store := fill(t, many)
	for pages := range 4 {
		items := 0
		_, err := New(&failing{store, pages}).List(t.Context(), api.List{Filter: api.Filter{All: true}}, func(*journal.Task) error {
			items++
			return nil
		})
		if !errors.Is(err, journal.ErrCorrupt) || items != pages*pageSize {
			t.Errorf("after %d pages: %d items and %v", pages, items, err)
		}
	}
}

// rotten is a journal in which a row is damaged.
type rotten struct {
	*journal.MemStore
	id journal.ID
}

func (r *rotten) Scan(of journal.Range, fn func(journal.Entry) error) (bool, error) {
	var damage error
	more, err := r.MemStore.Scan(of, func(e journal.Entry) error {
		if e.Task.ID == r.id {
			damage = journal.ErrCorrupt
			return nil
		}
		return fn(e)
	})
	return more, cmp.Or(err, damage)
}

// A damaged row costs a list that task alone, in any order, and is told in the end.
func TestListPassesDamage(t *testing.T) {
	c := New(&rotten{fill(t, many), taskID(pageSize + 3)})
	for _, sort := range []string{"submitted", "-submitted", "ended"} {
		items := 0
		_, err := c.List(t.Context(), api.List{Filter: api.Filter{All: true}, Sort: sort}, func(*journal.Task) error {
			items++
			return nil
		})
		if !errors.Is(err, journal.ErrCorrupt) || items != many-1 {
			t.Errorf("by %s: %d items of %d, and %v", sort, items, many, err)
		}
	}
}

func TestListIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	items := 0
	_, err := New(fill(t, many)).List(ctx, api.List{}, func(*journal.Task) error {
		items++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || items != 1 {
		t.Errorf("%d items and %v", items, err)
	}
}

// abandoned is a journal whose reader is gone once a page was read.
type abandoned struct {
	*journal.MemStore
	leave context.CancelFunc
	pages int
}

func (a *abandoned) Scan(r journal.Range, fn func(journal.Entry) error) (bool, error) {
	if r.Descending {
		a.pages++
		a.leave()
	}
	return a.MemStore.Scan(r, fn)
}

func TestLookUpIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	j := &abandoned{MemStore: fill(t, many), leave: cancel}
	if _, err := New(j).Get(ctx, "ZZZZ"); !errors.Is(err, context.Canceled) || j.pages != 1 {
		t.Errorf("%d pages and %v: want one, and the context's error", j.pages, err)
	}
	if _, err := New(j).Get(ctx, taskID(0).String()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v: want the context's error", err)
	}
}

func TestResolve(t *testing.T) {
	store := fill(t, many)
	c := New(store)
	for i := 0; i < many; i += 101 {
		id := taskID(i).String()
		// The time is in the first ten characters: seconds apart, they differ.
		for _, ref := range []string{id, strings.ToLower(id), id[:10], id[:25], strings.ToLower(id[20:]), id[1:]} {
			if got, err := c.resolve(t.Context(), ref); err != nil || got != taskID(i) {
				t.Fatalf("%s: %v, %v: want task %d", ref, got, err, i)
			}
		}
	}
}

// A part of an ID that an array has in common with its members means the array, as
// long as no other task has it; more of it means one of them.
func TestResolveArray(t *testing.T) {
	store := journal.NewMemDisk("catalog").Open()
	array := taskID(1)
	spec := &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}, Array: "20"}
	records := []journal.Record{{Task: array, Kind: journal.KindSubmit, Time: epochMS, Spec: spec}}
	whole := journal.Task{}
	if err := whole.Apply(&records[0]); err != nil {
		t.Fatal(err)
	}
	for pos := range uint32(20) {
		records = append(records, journal.Record{
			Task: journal.IDOf(array, pos), Kind: journal.KindMember, Time: epochMS, Spec: spec.OfMember(), Other: array, Index: pos, Count: 20,
		})
	}
	if err := store.Commit(records); err != nil {
		t.Fatal(err)
	}
	c, prefix := New(store), array.String()[:20]
	if id, err := c.resolve(t.Context(), prefix); err != nil || id != array {
		t.Errorf("%s: %v, %v: want the array", prefix, id, err)
	}
	member := journal.IDOf(array, 7)
	if id, err := c.resolve(t.Context(), member.String()[20:]); err != nil || id != member {
		t.Errorf("%s: %v, %v: want the member", member.String()[20:], id, err)
	}
	if err := store.Commit([]journal.Record{{Task: journal.IDPlus(array, 30), Kind: journal.KindSubmit, Time: epochMS, Spec: &journal.Spec{Tries: 1, Target: spec.Target}}}); err != nil {
		t.Fatal(err)
	}
	var e *api.Error
	if _, err := c.resolve(t.Context(), prefix); !errors.As(err, &e) || e.Code != api.CodeAmbiguous || len(e.Matches) != 2 {
		t.Errorf("%s: %v %+v: want it ambiguous between the array and another task", prefix, err, e)
	}
}

func TestResolveRefuses(t *testing.T) {
	c := New(fill(t, 40))
	unknown := taskID(99).String()
	for ref, code := range map[string]string{
		unknown:                api.CodeUnknownTask,
		unknown[:12]:           api.CodeUnknownTask,
		"ZZZZ":                 api.CodeUnknownTask,
		"7ZZZ":                 api.CodeUnknownTask,
		taskID(1).String()[:6]: api.CodeAmbiguous,
		"":                     api.CodeBadRequest,
		"123":                  api.CodeBadRequest,
		"nonsense!":            api.CodeBadRequest,
		"8" + unknown[1:]:      api.CodeBadRequest,
		unknown + "0":          api.CodeBadRequest,
		"key=nobody":           api.CodeUnknownTask,
		"key=":                 api.CodeBadRequest,
	} {
		_, err := c.Get(t.Context(), ref)
		var e *api.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%q: %v: want code %s", ref, err, code)
		}
		if code == api.CodeAmbiguous && len(e.Matches) != matchesMax {
			t.Errorf("%q: %d matches are listed", ref, len(e.Matches))
		}
	}
}

// No task is none with an ID of zeros.
func TestResolveInAnEmptyJournal(t *testing.T) {
	var e *api.Error
	if _, err := New(fill(t, 0)).resolve(t.Context(), "0000"); !errors.As(err, &e) || e.Code != api.CodeUnknownTask {
		t.Errorf("%v: want code %s", err, api.CodeUnknownTask)
	}
}

func TestCount(t *testing.T) {
	c := New(fill(t, 40))
	got, err := c.Count(t.Context(), api.List{Filter: api.Filter{All: true, Expr: "service=s0"}})
	if err != nil || !slices.Equal(got, []api.StateCount{{State: "pending", Tasks: 13}, {State: "failed", Tasks: 7}}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := c.Count(t.Context(), api.List{Filter: api.Filter{Expr: "stat=any"}}); err == nil {
		t.Error("a bad filter is counted")
	}
}
