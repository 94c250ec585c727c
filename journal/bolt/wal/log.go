package wal

import (
	"fmt"
	"io"
)

// MinBytes is the size of the smallest region: one block for each half.
const MinBytes = 2 * BlockBytes

// Log writes entries into a region of a file. The zero value has no room for any.
type Log struct {
	from, half int64 // of the region in its file; and the bytes of a half
	second     bool  // half in use
	used       int64 // bytes of it
}

// New makes a log in a region whose entries are no longer needed. The region has to begin at a
// multiple of BlockBytes. The log uses an even number of whole blocks of it.
func New(from, size int64) (Log, error) {
	if from%BlockBytes != 0 || size < MinBytes {
		return Log{}, fmt.Errorf("a log can't be of %d bytes from %d on", size, from)
	}
	return Log{from: from, half: size / (2 * BlockBytes) * BlockBytes}, nil
}

// Fits tells whether the half that is in use has room for an entry of so many bytes, with its
// header.
func (l *Log) Fits(bytes int) bool { return blocks(bytes) <= l.half-l.used }

// Filling tells whether the half that is in use is more than half full.
func (l *Log) Filling() bool { return l.used > l.half/2 }

// Write writes an entry behind the last one. It is durable when the file has been synced. The
// caller has to sync it before the next Write.
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

// Turn has the next entry written at the beginning of the other half, whose entries must no
// longer be needed.
func (l *Log) Turn() { l.second, l.used = !l.second, 0 }
