package runner

import (
	"io"
	"os"
	"time"
)

// speechVariable tells a command the descriptor on which it speaks of its task: the first
// behind those that every process has.
const speechVariable = "BCP_PROGRESS_FD=3"

// speech is the worker's end of the pipe on which a command speaks.
type speech struct {
	pipe *os.File
	done chan struct{} // closed when reading has ended, or has not begun
}

func newSpeech(pipe *os.File) *speech {
	done := make(chan struct{})
	close(done)
	return &speech{pipe: pipe, done: done}
}

// read gives what the command says to listen, and the rest of it to nobody.
func (s *speech) read(listen func(io.Reader)) {
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		listen(s.pipe)
		_, _ = io.Copy(io.Discard, s.pipe) // or else the command would wait for a reader
	}()
}

// finish waits until all that was said has been heard; nothing of the group
// speaks any more.
func (s *speech) finish(deadline time.Time) { finish(s.pipe, s.done, deadline) }
