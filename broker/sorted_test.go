package broker

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"bcp/journal"
)

// Sorted holds tasks in their order, whatever comes and goes in whatever order, and in
// few pieces.
func TestSorted(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s sorted
		var want []*task
		for n := range 3000 {
			if len(want) > 0 && r.IntN(10) < 1+int(seed%8) {
				i := r.IntN(len(want)) * r.IntN(2)
				s.remove(want[i])
				want = slices.Delete(want, i, i+1)
			} else {
				x := randomTask(r, n)
				at, _ := slices.BinarySearchFunc(want, x, inTurn[*task])
				s.add(x)
				want = slices.Insert(want, at, x)
			}
			if n%50 == 0 {
				checkSorted(t, &s, want)
			}
		}
		for len(want) > 0 {
			if s.first() != want[0] {
				t.Fatal("another one goes first")
			}
			s.remove(want[0])
			want = want[1:]
		}
		checkSorted(t, &s, nil)
	}
}

func randomTask(r *rand.Rand, n int) *task {
	x := &task{Spec: &journal.Spec{Priority: int32(max(0, r.IntN(12)-10))}}
	binary.BigEndian.PutUint32(x.ID[12:], uint32(n))
	return x
}

func checkSorted(t *testing.T, s *sorted, want []*task) {
	t.Helper()
	if got := slices.Concat(s.pieces...); !slices.Equal(got, want) || s.len != len(want) {
		t.Fatalf("%d tasks of %d, want %d, or not in order", len(got), s.len, len(want))
	}
	for i, piece := range s.pieces {
		if len(piece) == 0 || len(piece) > pieceMax {
			t.Fatalf("a piece has %d tasks", len(piece))
		}
		if n := s.ahead(piece[0]); s.pieces[0][0] != want[0] || want[n] != piece[0] {
			t.Fatalf("piece %d begins after %d tasks", i, n)
		}
	}
	if most := 2 + 4*len(want)/pieceMax; len(s.pieces) > max(most, 8) {
		t.Fatalf("%d tasks are in %d pieces", len(want), len(s.pieces))
	}
	if first := s.firstOnes(3); !slices.Equal(first, want[:min(3, len(want))]) {
		t.Fatalf("the first ones are %v", first)
	}
}

// Tasks that come one after the other fill their pieces, and when most of them have gone
// from among the others, the rest are in few pieces again.
func TestSortedPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var s sorted
	var want []*task
	for n := range 50 * pieceMax {
		x := randomTask(r, n)
		x.Spec.Priority = 0
		s.add(x)
		want = append(want, x)
	}
	if len(s.pieces) != 50 {
		t.Errorf("%d tasks are in %d pieces", s.len, len(s.pieces))
	}
	for len(want) > pieceMax {
		i := r.IntN(len(want))
		s.remove(want[i])
		want = slices.Delete(want, i, i+1)
	}
	checkSorted(t, &s, want)
}
