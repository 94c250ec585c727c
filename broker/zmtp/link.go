package zmtp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"bcp/broker/wire"
)

// link is the goroutine that keeps a Dealer connected and reads.
//
//	dial --> read until the connection ends --> pause --> dial ...
type link struct {
	endpoint string
	wake     chan struct{}
	arrived  func() // tells the owner that messages have come
	lends    bool   // they may lie in the buffer, for it takes them at once
	in       *intake
	out      *outlet
	part     atomic.Bool // of a message has come, since the owner asked
	trouble  *trouble
	frames   [][]byte // of the message received last
	came     bool     // messages, of which the owner was not told

	pause time.Duration // before the next attempt to connect

	ctx    context.Context
	cancel context.CancelFunc
	gone   chan struct{} // closed when the goroutine has ended
}

// newLink makes a link that wakes the owner of a Dealer by its channel, or calls arrived
// when messages have come.
func newLink(d *Dealer) *link {
	l := &link{endpoint: d.endpoint, wake: d.wake, arrived: d.arrived, trouble: d.trouble, in: newIntake(), gone: make(chan struct{})}
	if l.lends = l.arrived != nil; !l.lends {
		l.arrived = l.signal
	}
	l.out = newOutlet(l.signal)
	l.trouble.next(l)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	go l.run()
	return l
}

// signal wakes the owner.
func (l *link) signal() {
	select {
	case l.wake <- struct{}{}:
	default: // it has not taken the last one yet
	}
}

func (l *link) run() {
	defer close(l.gone)
	for l.pause = pauseMin; l.ctx.Err() == nil && !l.out.over(); l.pause = min(2*l.pause, pauseMax) {
		conn, err := Dial(l.ctx, l.endpoint)
		if err == nil {
			err = l.use(conn)
		}
		l.trouble.set(l, err)
		if l.out.over() {
			return
		}
		select {
		case <-l.ctx.Done():
		case <-time.After(l.pause + rand.N(l.pause)):
		}
	}
}

// use reads a connection until it ends, and tells why it has.
func (l *link) use(conn net.Conn) error {
	l.trouble.set(l, nil)
	stop := context.AfterFunc(l.ctx, func() { _ = conn.Close() })
	err := l.out.attach(conn)
	if err == nil {
		err = l.read(conn)
	}
	stop()
	_ = conn.Close() // it may be
	l.out.detach()
	return fmt.Errorf("%w: %w", ErrEnded, err)
}

// read takes in messages until it fails.
func (l *link) read(conn io.Reader) error {
	buffer, have := make([]byte, readBuffer), 0
	for {
		n, err := conn.Read(buffer[have:])
		if err != nil {
			return err
		}
		rest, size, err := l.deliver(buffer[:have+n])
		if err != nil {
			return err
		}
		have = copy(buffer, rest)
		if size > len(buffer) {
			if err := l.readLarge(conn, buffer[:have], size); err != nil {
				return err
			}
			have = 0
		}
	}
}

// deliver hands the messages in the bytes to the owner. It returns what is left, and how
// many bytes the message has that this begins, as far as that can be seen.
func (l *link) deliver(b []byte) (rest []byte, size int, err error) {
	defer l.tell()
	for {
		size, err := wanted(b)
		if err != nil || size > len(b) {
			return b, size, err
		}
		message := b[:size]
		if !l.lends {
			message = bytes.Clone(message)
		}
		if err := l.take(message, l.lends); err != nil {
			return nil, 0, err
		}
		b = b[size:]
	}
}

// take gives the owner a message, which is all of the bytes, and answers a command. Of one
// whose bytes are lent the frames after the first are copied.
func (l *link) take(message []byte, lent bool) error {
	frames, command, _, err := Next(message, l.frames[:0])
	if err != nil {
		return err
	}
	l.frames = frames
	if command != nil {
		l.answer(command)
	}
	switch {
	case len(frames) > wire.MaxFrames:
		return fmt.Errorf("%w: it has %d frames, and %d are accepted", ErrTooLarge, len(frames), wire.MaxFrames)
	case len(frames) > 0:
		for i := 1; lent && i < len(frames); i++ {
			frames[i] = bytes.Clone(frames[i])
		}
		l.in.put(frames, len(message))
		l.came = true
		clear(frames)
	}
	return nil
}

// tell tells the owner if it was given messages since the last time.
func (l *link) tell() {
	if l.came {
		l.came = false
		l.pause = pauseMin // who only opens connections is no broker that can be used
		l.arrived()
	}
}

// answer answers a PING.
func (l *link) answer(command []byte) {
	if pong := AppendPong(nil, command); pong != nil {
		l.out.putCommand(pong)
		l.out.flush()
	}
}

// readLarge takes in the rest of a message that is larger than the buffer, to the byte,
// where it stays.
func (l *link) readLarge(conn io.Reader, start []byte, size int) error {
	b := slices.Clone(start)
	for len(b) < size {
		if size > messageMax {
			return ErrTooLarge
		}
		b = slices.Grow(b, size-len(b))
		for len(b) < size {
			n, err := conn.Read(b[len(b):size])
			if err != nil {
				return err
			}
			b = b[:len(b)+n]
			l.part.Store(true)
		}
		var err error
		if size, err = wanted(b); err != nil {
			return err
		}
	}
	defer l.tell()
	return l.take(b, false)
}

// close ends the goroutine, at once or after it has said what is to be said. It reads on
// until then: a connection that is closed with something to read may lose what was sent.
func (l *link) close(wait time.Duration) {
	l.in.close()
	if wait > 0 && !l.out.finish() {
		select {
		case <-l.gone:
		case <-time.After(wait):
		}
	}
	l.cancel()
}
