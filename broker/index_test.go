package broker

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"bcp/journal"
)

// An index holds what a map would, whatever is put and removed in whatever order.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := newIndex(func(t *task) journal.ID { return t.ID })
	want := map[journal.ID]*task{}
	for range 300_000 {
		var id journal.ID
		binary.BigEndian.PutUint32(id[12:], r.Uint32N(20_000))
		if got := x.get(id); got != want[id] {
			t.Fatalf("%s: got %p, want %p", id, got, want[id])
		}
		switch r.IntN(3) {
		case 0:
			x.remove(id)
			delete(want, id)
		default:
			want[id] = &task{ID: id}
			x.put(want[id])
		}
		if x.len != len(want) {
			t.Fatalf("%d tasks, want %d", x.len, len(want))
		}
	}
	seen := 0
	x.each(func(task *task) {
		if seen++; want[task.ID] != task {
			t.Errorf("%s is not in the map", task.ID)
		}
	})
	if seen != len(want) || seen == 0 {
		t.Errorf("%d of %d tasks", seen, len(want))
	}
}

// An index that is filled at once holds what it would if its tasks were put one by one:
// of those with the same name the last, and none without a name.
func TestIndexFill(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 7, 100_000} {
		x, want := newIndex((*task).key), map[string]*task{}
		tasks := make([]*task, n)
		for i := range tasks {
			key := fmt.Sprint(r.IntN(n + n/2))
			if r.IntN(10) == 0 {
				key = ""
			}
			tasks[i] = &task{Spec: &journal.Spec{Key: key}}
			want[key] = tasks[i]
		}
		delete(want, "")
		x.fill(tasks)
		for key, task := range want {
			if got := x.get(key); got != task {
				t.Fatalf("%d tasks: %q: got %p, want %p", n, key, got, task)
			}
		}
		if x.len != len(want) || x.get("none") != nil || x.get("") != nil {
			t.Errorf("%d tasks: %d in the index, want %d, or one that isn't", n, x.len, len(want))
		}
		for key := range want {
			x.remove(key)
		}
		x.put(&task{Spec: &journal.Spec{Key: "later"}})
		if x.len != 1 || x.get("later") == nil {
			t.Errorf("%d tasks: %d in the index when they have gone and one has come", n, x.len)
		}
	}
}
