package runner

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// tailMax is how much of the standard error is kept, in bytes: an error's last
// lines, and half of what a text on the wire may have.
const tailMax = 4 << 10

// capture keeps a command's standard output, up to a limit.
type capture struct {
	pipe *os.File
	max  int
	over chan struct{} // closed when there is more than the limit
	done chan struct{} // closed when reading has ended
	buf  bytes.Buffer
}

func newCapture(pipe *os.File, max int) *capture {
	return &capture{pipe: pipe, max: max, over: make(chan struct{}), done: make(chan struct{})}
}

// read stops at the limit, so that a command that writes for ever blocks until
// it is killed.
func (c *capture) read() {
	defer close(c.done)
	_, _ = c.buf.ReadFrom(io.LimitReader(c.pipe, int64(c.max)+1))
	if c.buf.Len() > c.max {
		close(c.over)
	}
}

// finish returns what was written; nothing of the group writes any more.
func (c *capture) finish(deadline time.Time) ([]byte, error) {
	finish(c.pipe, c.done, deadline)
	if c.buf.Len() > c.max {
		return nil, fmt.Errorf("%w of %d bytes", ErrTooLarge, c.max)
	}
	return c.buf.Bytes(), nil
}

// tail keeps the end of a command's standard error.
type tail struct {
	pipe *os.File
	done chan struct{}
	end  []byte // at most 2*tailMax
	cut  bool   // there was more
}

func newTail(pipe *os.File) *tail {
	return &tail{pipe: pipe, done: make(chan struct{})}
}

func (t *tail) read() {
	defer close(t.done)
	chunk := make([]byte, tailMax)
	for {
		n, err := t.pipe.Read(chunk)
		t.keep(chunk[:n])
		if err != nil {
			return
		}
	}
}

func (t *tail) keep(chunk []byte) {
	t.end = append(t.end, chunk...)
	if excess := len(t.end) - tailMax; excess > 0 {
		t.end = append(t.end[:0], t.end[excess:]...)
		t.cut = true
	}
}

// finish returns the end of the text, marked if it is not all of it.
func (t *tail) finish(deadline time.Time) string {
	finish(t.pipe, t.done, deadline)
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.end), "\uFFFD"))
	if t.cut {
		return "... " + text
	}
	return text
}

// finish waits until the pipe has been read to its end. Somebody outside of the
// group may have it open; then what came until the deadline is enough.
func finish(pipe *os.File, done <-chan struct{}, deadline time.Time) {
	_ = pipe.SetReadDeadline(deadline)
	<-done
	_ = pipe.Close()
}
