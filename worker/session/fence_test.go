package session

import (
	"math/rand/v2"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// TestFence compares fences with what they are: a map, and a list of who is in it. Few
// tasks come again and again, and others that follow each other.
func TestFence(t *testing.T) {
	for _, size := range []int{1, 2, 3, 64, 100} {
		rand := rand.New(rand.NewPCG(uint64(size), 0))
		f, newest, order := newFence(size), map[journal.ID]uint32{}, []journal.ID(nil)
		for n := range 20_000 {
			ref := wire.Ref{Task: journal.ID{15: byte(rand.IntN(2 * size)), 8: byte(rand.IntN(2))}, Attempt: 1 + rand.Uint32N(4)}
			if rand.IntN(3) == 0 {
				ref.Task = journal.IDPlus(journal.ID{0: 1}, uint32(n))
			}
			last, known := newest[ref.Task]
			if got, want := f.admit(ref), !known || ref.Attempt > last; got != want {
				t.Fatalf("size %d, step %d: admit of %v is %v, want %v", size, n, ref, got, want)
			}
			newest[ref.Task] = max(last, ref.Attempt)
			if !known {
				order = append(order, ref.Task)
			}
			if len(order) > size {
				delete(newest, order[0])
				order = order[1:]
			}
		}
	}
}
