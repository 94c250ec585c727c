package wal

import (
	"fmt"
	"io"
)

// MinBytes is how many bytes a region has at least.
const MinBytes = 2 * BlockBytes

// Log writes entries into a region. The zero value has no room for any.
type Log struct {
	from, half int64 // of the region in its file; and the bytes of a half
	second     bool  // half in use
	used       int64 // bytes of it
}

// New makes a log of a region, in which everything is done with. The region begins at a
// multiple of BlockBytes; of its size the log uses an even number of blocks.
func New(from, size int64) (Log, error) {
	if from%BlockBytes != 0 || size < MinBytes {
		return Log{}, fmt.Errorf("a log can't be of %d bytes from %d on", size, from)
	}
	return Log{from: from, half: size / (2 * BlockBytes) * BlockBytes}, nil
}

// Fits tells whether an entry of so many bytes, with its header, has room in the half
// that is in use.
func (l *Log) Fits(bytes int) bool { return blocks(bytes) <= l.half-l.used }

// Filling tells whether the half that is in use is more than half full.
func (l *Log) Filling() bool { return l.used > l.half/2 }

// Write writes an entry behind the last one. It is durable when the file is synced, which
// has to be before the next Write.
func (l *Log) Write(to io.WriterAt, entry []byte) error {
	at := l.from + l.used
	if l.second {
		at += l.half
	}
	if _, err := to.WriteAt(entry, at); err != nil {
		return err
	}
	l.used += blocks(len(entry))
	return nil
}

// Turn has the next entry written to the other half, in which everything is done with.
func (l *Log) Turn() { l.second, l.used = !l.second, 0 }
