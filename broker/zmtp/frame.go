package zmtp

import (
	"encoding/binary"
	"fmt"

	"bcp/broker/wire"
)

// A frame's flags.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// frameMax bounds what a peer can make the reader wait for.
const frameMax = 1 << 30

// Append adds a message to the bytes to be sent.
func Append(dst []byte, frames [][]byte) []byte {
	for i, f := range frames {
		dst = append(appendHead(dst, moreAfter(frames, i), len(f)), f...)
	}
	return dst
}

// moreAfter returns the flags of a frame of a message.
func moreAfter(frames [][]byte, i int) byte {
	if i < len(frames)-1 {
		return flagMore
	}
	return 0
}

// appendHead adds what is before a frame's body.
func appendHead(dst []byte, flags byte, size int) []byte {
	if size < 256 {
		return append(dst, flags, byte(size))
	}
	return binary.BigEndian.AppendUint64(append(dst, flags|flagLong), uint64(size))
}

func appendFrame(dst []byte, flags byte, body []byte) []byte {
	return append(appendHead(dst, flags, len(body)), body...)
}

// Next cuts the first message off the bytes that were received, and appends its frames,
// which point into them, to frames. It tells how many bytes it has used: 0 if the message
// is not complete. A command, such as a PING, may stand between messages; then its body is
// returned, and no frames. It may also stand between the frames of one message, because
// libzmq sends its PINGs when it is time; then the body of the last one is returned
// together with the message.
func Next(received []byte, frames [][]byte) (message [][]byte, command []byte, used int, err error) {
	for begun := false; ; {
		flags, body, n, err := frame(received[used:])
		if err != nil || n == 0 {
			return frames, nil, 0, err
		}
		used += n
		if flags&flagCommand != 0 {
			command = body
		} else {
			frames, begun = append(frames, body), flags&flagMore != 0
		}
		if !begun {
			return frames, command, used, nil
		}
	}
}

// frame cuts off one frame; n is 0 if it is not complete.
func frame(b []byte) (flags byte, body []byte, n int, err error) {
	flags, start, size, err := head(b)
	if err != nil || start == 0 || len(b) < start+size {
		return 0, nil, 0, err
	}
	return flags, b[start : start+size], start + size, nil
}

// head reads what is before a frame's body, and tells where that begins; 0 if the
// head is not complete.
func head(b []byte) (flags byte, start, size int, err error) {
	if len(b) < 2 {
		return 0, 0, 0, nil
	}
	flags, start, long := b[0], 2, uint64(b[1])
	if flags&flagLong != 0 {
		if len(b) < 9 {
			return 0, 0, 0, nil
		}
		start, long = 9, binary.BigEndian.Uint64(b[1:9])
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 || flags&(flagMore|flagCommand) == flagMore|flagCommand || long > frameMax {
		return 0, 0, 0, ErrFrame
	}
	return flags, start, int(long), nil
}

// wanted tells how many bytes the first message has, as far as that can be seen.
func wanted(b []byte) (size int, err error) {
	begun := false
	for frames := 0; ; frames++ {
		if frames > wire.MaxFrames {
			return 0, fmt.Errorf("%w: it has more than %d frames", ErrTooLarge, wire.MaxFrames)
		}
		flags, start, body, err := head(b[min(size, len(b)):])
		switch {
		case err != nil:
			return 0, err
		case start == 0: // at the least a head of two bytes, or one of nine
			if size+2 <= len(b) {
				return size + 9, nil
			}
			return size + 2, nil
		}
		if flags&flagCommand == 0 {
			begun = flags&flagMore != 0
		}
		if size += start + body; !begun || size >= len(b) && size > messageMax {
			return size, nil
		}
	}
}

// contextMax is how much of a PING comes back in its PONG, in bytes: all that it may have.
const contextMax = 16

// AppendPong adds the answer to a PING, if the command is one.
func AppendPong(dst, command []byte) []byte {
	const ping, ttl = "\x04PING", 2
	if len(command) < len(ping)+ttl || string(command[:len(ping)]) != ping {
		return dst
	}
	context := command[len(ping)+ttl:]
	return appendFrame(dst, flagCommand, append([]byte("\x04PONG"), context[:min(len(context), contextMax)]...))
}
