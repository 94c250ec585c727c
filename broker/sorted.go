package broker

import (
	"slices"
	"sort"
)

// sorted holds tasks in the order in which they go. Most are added behind all others and
// removed before all others, so it is a list of short pieces: such a task touches no other
// one, and any other task moves only those of its piece.
//
//	pieces:  [ 1 2 3 4 ] [ 5 6 9 ] [ 10 11 ]
//	           goes next                 ^ a new one comes here
type sorted struct {
	pieces [][]*task // none of them empty
	len    int
}

const (
	// pieceMax is how many tasks are in a piece: few enough to be moved in some ten
	// nanoseconds, and so many that a piece costs each hardly anything.
	pieceMax = 64

	// pieceShort is up to when the rest of a piece moves up for one that goes: a short
	// one keeps its memory, a long one is not touched.
	pieceShort = 8
)

// first returns the task that goes first; there is one.
func (s *sorted) first() *task { return s.pieces[0][0] }

// spot returns where a task is, or would be: its piece, which is there, and its place.
func (s *sorted) spot(t *task) (piece, at int) {
	piece = len(s.pieces) - 1
	if end := s.pieces[piece]; end[len(end)-1].before(t) {
		return piece, len(end)
	}
	if s.first() != t {
		after := sort.Search(len(s.pieces), func(i int) bool { return t.before(s.pieces[i][0]) })
		piece = max(after-1, 0)
		at = sort.Search(len(s.pieces[piece]), func(i int) bool { return !s.pieces[piece][i].before(t) })
		return piece, at
	}
	return 0, 0
}

// add puts a task to its place.
func (s *sorted) add(t *task) {
	s.len++
	if len(s.pieces) == 0 {
		s.pieces = append(s.pieces, append(make([]*task, 0, 2), t))
		return
	}
	piece, at := s.spot(t)
	if len(s.pieces[piece]) == pieceMax {
		piece, at = s.split(piece, at)
	}
	s.pieces[piece] = slices.Insert(s.pieces[piece], at, t)
}

// split makes room in a full piece, and returns the spot that a place in it has then.
// One whose end that is stays whole, as when tasks come one after the other.
func (s *sorted) split(piece, at int) (newPiece, newAt int) {
	keep := pieceMax / 2
	if at == pieceMax {
		keep = pieceMax
	}
	full := s.pieces[piece]
	rest := append(make([]*task, 0, pieceMax), full[keep:]...)
	clear(full[keep:])
	s.pieces[piece] = full[:keep]
	s.pieces = slices.Insert(s.pieces, piece+1, rest)
	if at < keep {
		return piece, at
	}
	return piece + 1, at - keep
}

// remove takes out a task that is in.
func (s *sorted) remove(t *task) {
	piece, at := s.spot(t)
	list := s.pieces[piece]
	if at == len(list) || list[at] != t {
		panic("broker: task " + t.ID.String() + " is not where it should wait") // its turn has changed meanwhile
	}
	s.len--
	switch {
	case len(list) == 1:
		s.drop(piece)
	case at == 0 && len(list) > pieceShort:
		list[0] = nil
		s.pieces[piece] = list[1:]
	default:
		s.pieces[piece] = slices.Delete(list, at, at+1)
		s.join(piece)
	}
}

// join makes a piece and the next one of it if both are short.
func (s *sorted) join(piece int) {
	if piece+1 == len(s.pieces) || len(s.pieces[piece])+len(s.pieces[piece+1]) > pieceMax/2 {
		return
	}
	s.pieces[piece] = append(s.pieces[piece], s.pieces[piece+1]...)
	s.pieces = slices.Delete(s.pieces, piece+1, piece+2)
}

// drop takes out a piece whose last task goes.
func (s *sorted) drop(piece int) {
	if piece > 0 {
		s.pieces = slices.Delete(s.pieces, piece, piece+1)
		return
	}
	s.pieces[0] = nil
	s.pieces = s.pieces[1:]
}

// ahead counts the tasks that go before one, which may be in or not.
func (s *sorted) ahead(t *task) (n int) {
	if s.len == 0 {
		return 0
	}
	piece, n := s.spot(t)
	for _, before := range s.pieces[:piece] {
		n += len(before)
	}
	return n
}

// firstOnes returns the first tasks, at most so many.
func (s *sorted) firstOnes(most int) (first []*task) {
	for _, piece := range s.pieces {
		first = append(first, piece[:min(len(piece), most-len(first))]...)
		if len(first) == most {
			break
		}
	}
	return first
}
