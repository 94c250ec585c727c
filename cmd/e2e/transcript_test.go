package e2e

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// transcript is what a process writes, line by line. It is read once, in order.
type transcript struct {
	t     *testing.T
	mu    sync.Mutex
	lines []string
	read  int           // lines that were handed out
	ended bool          // nothing more will come
	grown chan struct{} // closed when there is more, or the end
}

func newTranscript(t *testing.T, r io.ReadCloser) *transcript {
	s := &transcript{t: t, grown: make(chan struct{})}
	go s.take(r)
	return s
}

func (s *transcript) take(r io.ReadCloser) {
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		s.grow(func() { s.lines = append(s.lines, lines.Text()) })
	}
	s.grow(func() { s.ended = true })
}

func (s *transcript) grow(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how()
	close(s.grown)
	s.grown = make(chan struct{})
}

// next returns the next line if there is one, and otherwise what to wait for;
// that is nil at the end.
func (s *transcript) next() (line string, ok bool, grown <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.read < len(s.lines):
		s.read++
		return s.lines[s.read-1], true, nil
	case s.ended:
		return "", false, nil
	}
	return "", false, s.grown
}

// line waits for the next line; false is the end of the process.
func (s *transcript) line(what string, late <-chan time.Time) (string, bool) {
	s.t.Helper()
	for {
		line, ok, grown := s.next()
		if ok || grown == nil {
			return line, ok
		}
		select {
		case <-grown:
		case <-late:
			s.t.Fatalf("waited for %s in vain", what)
		}
	}
}

// await returns the next line that is wanted, passing over others.
func (s *transcript) await(what string, wanted func(line string) bool) string {
	s.t.Helper()
	for late := time.After(patience); ; {
		line, ok := s.line(what, late)
		if !ok {
			s.t.Fatalf("the process ended; waited for %s", what)
		}
		if wanted(line) {
			return line
		}
	}
}

// awaitText is await for a line with the text in it.
func (s *transcript) awaitText(text string) string {
	s.t.Helper()
	return s.await(fmt.Sprintf("a line with %q", text), func(line string) bool {
		return strings.Contains(line, text)
	})
}

// rest returns the lines that were not handed out yet, to the end of the process.
func (s *transcript) rest() (lines []string) {
	s.t.Helper()
	for late := time.After(patience); ; {
		line, ok := s.line("the end", late)
		if !ok {
			return lines
		}
		lines = append(lines, line)
	}
}

// all returns everything that was written so far.
func (s *transcript) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

// String returns what was written so far, with the same line told once.
func (s *transcript) String() string {
	var b strings.Builder
	last, times := "", 0
	for _, line := range append(s.all(), "") {
		if line == last {
			times++
			continue
		}
		if times > 1 {
			fmt.Fprintf(&b, "(%d times)\n", times)
		}
		last, times = line, 1
		b.WriteString(line + "\n")
	}
	return b.String()
}
