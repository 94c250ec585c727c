package broker

import (
	"bytes"
	"testing"

	"bcp/journal"
)

// TestIDsRise makes IDs while the wall clock stands, jumps and goes back, and
// while the entropy of one millisecond is used up.
func TestIDsRise(t *testing.T) {
	s := idSource{entropy: bytes.NewReader(bytes.Repeat([]byte{0xff}, 1000))}
	var last journal.ID
	for _, wall := range []int64{1000, 1000, 2000, 500, -5, 2000, 2001, 2001} {
		id, err := s.next(wall)
		if err != nil {
			t.Fatal(err)
		}
		if id.Compare(last) <= 0 {
			t.Fatalf("at %d: %s does not follow %s", wall, id, last)
		}
		last = id
	}
	for i := 6; i < 16; i++ {
		s.last[i] = 0xff
	}
	used := s.last
	id, err := s.next(2001)
	if err != nil || id.Time() != used.Time()+1 || id.Compare(used) <= 0 {
		t.Fatalf("after %s came %s, %v", used, id, err)
	}
}

// TestIDsContinue starts from the last ID of a journal whose clock was ahead.
func TestIDsContinue(t *testing.T) {
	var last journal.ID
	if err := last.SetTime(5000); err != nil {
		t.Fatal(err)
	}
	s := idSource{entropy: bytes.NewReader(nil), last: last}
	if id, err := s.next(1000); err != nil || id.Compare(last) <= 0 {
		t.Fatalf("after %s came %s, %v", last, id, err)
	}
	if _, err := s.next(6000); err == nil {
		t.Fatal("an ID was made without entropy")
	}
}
