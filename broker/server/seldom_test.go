package server

import (
	"testing"
	"time"
)

// What happens again and again is logged once in a while, with how often it was.
func TestSeldom(t *testing.T) {
	var s seldom
	for _, test := range []struct {
		now   time.Duration
		times uint64
		log   bool
	}{
		{1, 1, true},
		{2, 0, false},
		{seldomEvery, 0, false},
		{seldomEvery + 1, 3, true},
		{seldomEvery + 2, 0, false},
		{3 * seldomEvery, 2, true},
	} {
		if times, log := s.happens(test.now); times != test.times || log != test.log {
			t.Errorf("after %v: %d times, %t: want %d, %t", test.now, times, log, test.times, test.log)
		}
	}
}
