package filter_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"bcp/journal"
	"bcp/journal/filter"
)

func taskID(n int) (id journal.ID) {
	_ = id.SetTime(uint64(nowMS + 1000*n)) // fails in the year 10889
	binary.BigEndian.PutUint32(id[12:], uint32(n))
	return id
}

// fill makes a journal of n tasks, of which every third has ended.
func fill(t *testing.T, n int) *journal.MemStore {
	t.Helper()
	store := journal.NewMemDisk("filter").Open()
	var records []journal.Record
	for i := range n {
		spec := &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}, Priority: int32(i % 2)}
		records = append(records, journal.Record{Task: taskID(i), Kind: journal.KindSubmit, Time: int64(nowMS + 1000*i), Spec: spec})
		if i%3 == 0 {
			records = append(records, journal.Record{Task: taskID(i), Kind: journal.KindEnd, State: journal.Failed, Time: nowMS * 2})
		}
	}
	if err := store.Commit(records); err != nil {
		t.Fatal(err)
	}
	return store
}

// read returns the numbers of all tasks that match, page by page.
func read(t *testing.T, s journal.Scanner, q filter.Query) (numbers []int, counted, pages int) {
	t.Helper()
	for {
		p, err := filter.Read(s, q)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		counted += p.Count
		for i := range p.Tasks {
			numbers = append(numbers, int(binary.BigEndian.Uint32(p.Tasks[i].ID[12:])))
		}
		if p.Cursor.IsZero() {
			return numbers, counted, pages
		}
		q.After = p.Cursor
	}
}

func parse(t *testing.T, expression string) *filter.Filter {
	t.Helper()
	f, err := filter.Parse(expression)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPagesAreWhole(t *testing.T) {
	const many = 3*filter.FoundMax + 7
	s := fill(t, many)
	for expression, is := range map[string]func(int) bool{
		"state=any":                  func(int) bool { return true },
		"":                           func(i int) bool { return i%3 != 0 },
		"priority=1":                 func(i int) bool { return i%3 != 0 && i%2 == 1 },
		"state=ended":                func(i int) bool { return i%3 == 0 },
		"state=done":                 func(int) bool { return false },
		"since=2026-01-31T12:00:10Z": func(i int) bool { return i%3 != 0 && i >= 10 },
	} {
		for _, limit := range []int{0, 1, 7, filter.FoundMax, filter.FoundMax + 1} {
			q := filter.Query{Filter: parse(t, expression), Limit: limit}
			got, counted, pages := read(t, s, q)
			next := 0
			for i := range many {
				if is(i) {
					if next >= len(got) || got[next] != i {
						t.Fatalf("%q by %d: number %d is not %d", expression, limit, next, i)
					}
					next++
				}
			}
			if next != len(got) || counted != next || limit == 7 && pages < next/7 {
				t.Errorf("%q by %d: %d tasks, %d counted, in %d pages: want %d", expression, limit, len(got), counted, pages, next)
			}
			if q.Count = true; limit == 1 {
				if _, counted, pages := read(t, s, q); counted != next || pages != 1 {
					t.Errorf("%q: %d counted in %d pages, want %d in one", expression, counted, pages, next)
				}
			}
		}
	}
}

func TestUntil(t *testing.T) {
	s := fill(t, 30)
	if got, _, _ := read(t, s, filter.Query{Filter: parse(t, "state=any"), Until: taskID(9), Limit: 4}); len(got) != 10 || got[9] != 9 {
		t.Errorf("up to the tenth: %v", got)
	}
}

// endless is a journal that has more tasks than anybody reads.
type endless struct{}

func (endless) Scan(r journal.Range, fn func(journal.Entry) error) (bool, error) {
	n := int(binary.BigEndian.Uint32(r.After[12:]))
	for i := range r.Limit {
		if err := fn(journal.Entry{Task: journal.Task{ID: taskID(n + i + 1), State: journal.Pending}}); err != nil {
			return true, err
		}
	}
	return true, nil
}

// A page that finds nothing ends all the same, and says where to go on.
func TestPageIsBounded(t *testing.T) {
	q := filter.Query{Filter: parse(t, "reason=error")}
	for page := range 2 {
		p, err := filter.Read(endless{}, q)
		if want := taskID((page + 1) * filter.SeenMax); err != nil || p.Count != 0 || p.Cursor != want {
			t.Fatalf("page %d: %+v, %v: want the cursor %s", page, p, err, want)
		}
		q.After = p.Cursor
	}
}

type failing struct{}

func (failing) Scan(journal.Range, func(journal.Entry) error) (bool, error) {
	return false, journal.ErrCorrupt
}

func TestReadFails(t *testing.T) {
	if _, err := filter.Read(failing{}, filter.Query{Filter: parse(t, "")}); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("error %v", err)
	}
}
