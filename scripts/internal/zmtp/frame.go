package zmtp

import (
	"encoding/binary"
	"errors"
)

// A frame's flags.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// frameMax bounds what a peer can make the reader wait for.
const frameMax = 1 << 30

// ErrFrame tells that the bytes are no frame.
var ErrFrame = errors.New("bad ZMTP frame")

// Append adds a message to the bytes to be sent.
func Append(dst []byte, frames [][]byte) []byte {
	for i, f := range frames {
		var flags byte
		if i < len(frames)-1 {
			flags = flagMore
		}
		dst = appendFrame(dst, flags, f)
	}
	return dst
}

func appendFrame(dst []byte, flags byte, body []byte) []byte {
	if len(body) < 256 {
		dst = append(dst, flags, byte(len(body)))
	} else {
		dst = append(dst, flags|flagLong)
		dst = binary.BigEndian.AppendUint64(dst, uint64(len(body)))
	}
	return append(dst, body...)
}

// Next cuts the first message off the bytes that were received, and appends
// its frames, which point into them, to frames. It tells how many bytes it
// used: 0 if the message is not complete. A command, such as a PING, stands
// between messages; it uses bytes and gives no frames, but its body.
func Next(received []byte, frames [][]byte) (message [][]byte, command []byte, used int, err error) {
	for {
		flags, body, n, err := frame(received[used:])
		if err != nil || n == 0 {
			return frames, nil, 0, err
		}
		if flags&flagCommand != 0 && used > 0 {
			return frames, nil, 0, ErrFrame
		}
		used += n
		if flags&flagCommand != 0 {
			return frames, body, used, nil
		}
		frames = append(frames, body)
		if flags&flagMore == 0 {
			return frames, nil, used, nil
		}
	}
}

// frame cuts off one frame; n is 0 if it is not complete.
func frame(b []byte) (flags byte, body []byte, n int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, nil
	}
	flags, head, size := b[0], 2, uint64(b[1])
	if flags&flagLong != 0 {
		if len(b) < 9 {
			return 0, nil, 0, nil
		}
		head, size = 9, binary.BigEndian.Uint64(b[1:9])
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 || size > frameMax {
		return 0, nil, 0, ErrFrame
	}
	n = head + int(size)
	if len(b) < n {
		return 0, nil, 0, nil
	}
	return flags, b[head:n], n, nil
}

// AppendPong adds the answer to a PING, if the command is one.
func AppendPong(dst, command []byte) []byte {
	const ping, ttl = "\x04PING", 2
	if len(command) < len(ping)+ttl || string(command[:len(ping)]) != ping {
		return dst
	}
	return appendFrame(dst, flagCommand, append([]byte("\x04PONG"), command[len(ping)+ttl:]...))
}
