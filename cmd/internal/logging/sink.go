package logging

import (
	"io"
	"sync/atomic"
	"time"
)

// linesKept is how many lines of the log may wait to be written.
const linesKept = 4096

// Patience is how long the end of a process waits for its last words to be read.
const Patience = time.Second

// Sink writes lines in a goroutine of its own. So nobody who logs waits for one who should read
// the log, and doesn't, as of a full pipe: more lines than may wait are lost, and counted.
type Sink struct {
	to      io.Writer
	queue   chan []byte // nil is the end
	lost    atomic.Int64
	tell    func(to io.Writer, lost int64)
	written chan struct{} // closed when all before the end is
}

// NewSink makes a Sink that writes to a file, or whatever else may block.
func NewSink(to io.Writer) *Sink {
	s := &Sink{
		to: to, queue: make(chan []byte, linesKept), tell: func(io.Writer, int64) {},
		written: make(chan struct{}),
	}
	go s.run()
	return s
}

// Write takes a line, and never blocks or fails.
func (s *Sink) Write(line []byte) (int, error) {
	select {
	case s.queue <- append([]byte{}, line...):
	default:
		s.lost.Add(1)
	}
	return len(line), nil
}

func (s *Sink) run() {
	defer close(s.written)
	for {
		line := <-s.queue
		if lost := s.lost.Swap(0); lost > 0 {
			s.tell(s.to, lost)
		}
		if line == nil {
			return
		}
		_, _ = s.to.Write(line) // a log that can't be written is nothing to end for
	}
}

// Close waits until the lines before it are written, but no longer than patience. What is logged
// afterwards is lost.
func (s *Sink) Close(patience time.Duration) {
	late := time.After(patience)
	select {
	case s.queue <- nil:
	case <-late:
		return
	}
	select {
	case <-s.written:
	case <-late:
	}
}
