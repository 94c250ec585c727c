package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// injection is something that is done to a program at one of its system calls.
type injection struct {
	call   string
	effect string // as strace takes it
	onward bool   // also at all calls of the sort that follow
}

// String is what a finding says of it.
func (i injection) String() string {
	s := i.call + " " + i.effect
	if i.onward {
		s += " from then on"
	}
	return s
}

// at is the command line under which a program has the injection at its nth call. Calls
// are counted for each thread. The log tells whether it came to that.
func (i injection) at(nth int, log string) []string {
	when := fmt.Sprintf("%s:when=%d", i.effect, nth)
	if i.onward {
		when += "+"
	}
	return []string{
		"strace", "-f", "-qq", "-o", log, "-e", "trace=" + i.call, "-e", "signal=none", "-e", "inject=" + i.call + ":" + when, "--",
	}
}

// injected tells whether it came to an injection, by the logs of a round.
func (r *rig) injected() bool {
	logs, _ := filepath.Glob(filepath.Join(r.dir, "strace-*"))
	for _, log := range logs {
		if text, _ := os.ReadFile(log); bytes.Contains(text, []byte("(INJECTED)")) || bytes.Contains(text, []byte("killed by SIGKILL")) {
			return true
		}
	}
	return false
}

// sweep goes through the calls of each injection, the first, the second and so on,
// until a program has lived through its round unharmed. Then it takes the next one.
type sweep struct {
	mu     sync.Mutex
	all    []injection
	which  int
	nth    int
	missed int   // rounds in a row in which it came to none
	points []int // of each injection, those that it came to
}

func newSweep(all []injection) *sweep { return &sweep{all: all, nth: 1, points: make([]int, len(all))} }

// sweepPatience is how many rounds have to be unharmed one after the other in a long
// run: which thread does a call, and with it its count, is different each time.
const sweepPatience = 3

// turn is a round's point of a sweep.
type turn struct {
	injection
	which, nth int
}

// next returns the next point. In a long run it ends behind the last one.
func (s *sweep) next(r *rig) (turn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.which == len(s.all) {
		if r.long {
			return turn{}, fmt.Errorf("%w: %s", errThrough, s.text())
		}
		s.which = 0
	}
	s.nth++
	return turn{s.all[s.which], s.which, s.nth - 1}, nil
}

// done takes in whether it came to a point.
func (s *sweep) done(r *rig, t turn, hit bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if hit {
		s.points[t.which]++
	}
	if t.which != s.which {
		return
	}
	if s.missed++; hit {
		s.missed = 0
	}
	if s.missed >= r.size(1, sweepPatience) {
		s.which, s.nth, s.missed = s.which+1, 1, 0
	}
}

// text tells how many points there were.
func (s *sweep) text() string {
	words, sum := make([]string, len(s.all)), 0
	for i, n := range s.points {
		words[i] = fmt.Sprintf("%s %d", s.all[i], n)
		sum += n
	}
	return fmt.Sprintf("%d points: %s", sum, strings.Join(words, ", "))
}
