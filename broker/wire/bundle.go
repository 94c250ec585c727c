package wire

import (
	"bytes"
	"encoding/binary"
)

// A bundle is several messages of BCP/2 in one, for a message costs ZeroMQ more than
// some hundred bytes do:
//
//	+---------+------+------+----------+------+-------------+-----
//	| dialect | 0x05 | size | head ... | size | payload ... | next message
//	+---------+------+------+----------+------+-------------+-----
//	     6       1      4    size bytes    4     size bytes
//
// Each head is as it would stand alone, with the dialect; a payload of no bytes is
// none. What is in a bundle is no bundle. An empty one says that its sender takes them.
const (
	// MaxBundle is the size of the largest bundle that is accepted, in bytes. It bounds how
	// many messages a bundle has, and how much memory is kept until the last one is done.
	MaxBundle = 64 << 10
	// bundleSize is how large one is made. Past that another message costs less than
	// the delay of those before it.
	bundleSize = 8 << 10

	partSize = 4 // of a size
)

// Bundle gathers messages to one peer. The zero value is empty.
type Bundle struct{ frame []byte }

// Add adds the frames of a BCP/2 message, as Encode makes them. It returns false, and adds
// nothing, if there is no room for them.
func (b *Bundle) Add(frames [][]byte) bool {
	size := len(b.frame) + headSize + 2*partSize
	for _, f := range frames {
		size += len(f)
	}
	if size > bundleSize {
		return false
	}
	if b.Empty() {
		b.frame = appendBundleHead(b.frame, frames[0][:dialectSize])
	}
	b.frame = appendPart(b.frame, frames[0])
	if len(frames) > 1 {
		b.frame = appendPart(b.frame, frames[1])
	} else {
		b.frame = appendPart(b.frame, nil)
	}
	return true
}

func appendBundleHead[T []byte | string](dst []byte, dialect T) []byte {
	return append(append(dst, dialect...), byte(cmdBundle))
}

func appendPart(dst, part []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(part))), part...)
}

// Empty tells whether nothing was added.
func (b *Bundle) Empty() bool { return len(b.frame) == 0 }

// Frame returns the bundle's only frame, which is valid until Reset.
func (b *Bundle) Frame() []byte { return b.frame }

// Reset makes the bundle empty.
func (b *Bundle) Reset() { b.frame = b.frame[:0] }

// EmptyBundle returns the frame of a bundle without messages, by which a peer says that it
// accepts bundles.
func EmptyBundle(d Dialect) []byte {
	if d == BCP2Worker {
		return appendBundleHead(nil, nameBCP2Worker)
	}
	return appendBundleHead(nil, nameBCP2Client)
}

// IsBundle tells whether the frames are a bundle, and in which dialect.
func IsBundle(frames [][]byte) (Dialect, bool) {
	if len(frames) == 0 || len(frames[0]) < headSize || command(frames[0][dialectSize]) != cmdBundle {
		return DialectNone, false
	}
	d := dialectOf(frames)
	return d, d == BCP2Client || d == BCP2Worker
}

// Unbundle calls fn with the frames of each message of a bundle, in order. The slice of frames
// is valid until fn returns. A head is valid as long as the bundle's frame; a payload is a
// copy, so that it does not keep the whole bundle in memory. A bundle that is not well formed
// is refused as a whole, before the first call.
func Unbundle(frames [][]byte, fn func(frames [][]byte)) *Error {
	if err := walkBundle(frames, func(_, _ []byte) {}); err != nil {
		return err
	}
	one := make([][]byte, 0, 2)
	return walkBundle(frames, func(head, payload []byte) {
		one = append(one[:0], head)
		if len(payload) > 0 {
			one = append(one, bytes.Clone(payload))
		}
		fn(one)
	})
}

func walkBundle(frames [][]byte, fn func(head, payload []byte)) *Error {
	c := coder{buf: frames[0][headSize:], command: cmdBundle}
	if len(frames) > 1 {
		c.fail(CodeMalformed, "%d frames after the head: at most 0 are accepted", len(frames)-1)
	}
	if len(frames[0]) > MaxBundle {
		c.fail(CodeTooLarge, "%d bytes: at most %d are accepted", len(frames[0]), MaxBundle)
	}
	for c.err == nil && len(c.buf) > 0 {
		head, payload := c.part(), c.part()
		if c.err == nil {
			fn(head, payload)
		}
	}
	return c.err
}

// part reads a size and so many bytes.
func (c *coder) part() []byte {
	var size uint32
	c.u32(&size)
	return c.take(int(size))
}
