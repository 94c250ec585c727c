package broker

import "testing"

// As many lists as go around are kept, and nothing of what was in them; larger ones and
// further ones are given up.
func TestSparesAreKept(t *testing.T) {
	var s spares[*int]
	if s.take() != nil {
		t.Error("a list was there from the start")
	}
	s.keep(nil)
	s.keep(make([]*int, spareMax+1))
	for range sparesMax + 1 {
		s.keep([]*int{new(int), new(int)})
	}
	for n := range sparesMax {
		list := s.take()
		if len(list) != 0 || cap(list) != 2 || list[:2][0] != nil || list[:2][1] != nil {
			t.Errorf("list %d has %d of %d: %v", n, len(list), cap(list), list[:cap(list)])
		}
	}
	if s.take() != nil {
		t.Error("more lists are kept than go around")
	}
}
