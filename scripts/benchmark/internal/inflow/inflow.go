// Package inflow cuts what arrives on a ZMTP connection into messages.
package inflow

import "bcp/broker/zmtp"

// Inflow is what has arrived on a connection.
type Inflow struct {
	partial []byte   // of a message
	frames  [][]byte // of the message before, for use again
}

// Take hands each message in the bytes to take, and keeps the rest. Frames and command are as
// zmtp.Next returns them, and take's own only until it returns.
func (in *Inflow) Take(b []byte, take func(frames [][]byte, command []byte) error) error {
	if len(in.partial) > 0 {
		in.partial = append(in.partial, b...)
		b = in.partial
	}
	for {
		frames, command, n, err := zmtp.Next(b, in.frames[:0])
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		b, in.frames = b[n:], frames
		if err := take(frames, command); err != nil {
			return err
		}
	}
	if len(b) < len(in.partial) || len(in.partial) == 0 { // a large message isn't copied with each of its pieces
		in.partial = append(in.partial[:0], b...)
	}
	return nil
}
