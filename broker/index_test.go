package broker

import (
	"encoding/binary"
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
