package zmtp

import (
	"net"
	"slices"
	"sync"
	"syscall"
)

// outlet is what waits to be sent. Its owner writes by itself what the kernel takes at
// once; a goroutine writes the rest, and what follows meanwhile.
//
//	put --> chunk | chunk | chunk ... --flush--> kernel, without waiting
//	        +----------------------+ --drain--> kernel, beside the owner
//
// When a connection ends, the chunk that was begun is lost with it, as what was sent
// before may be; the others wait for the next connection.
type outlet struct {
	wake    func()             // tells the owner that there is room again
	attempt func(uintptr) bool // is write, made once

	mu       sync.Mutex
	conn     net.Conn // nil while there is none
	raw      syscall.RawConn
	queue    []chunk
	written  int  // bytes of the first chunk
	midway   bool // the chunk before it was written, and ends within a message
	bytes    int  // in the queue
	draining bool // a goroutine writes
	drains   sync.WaitGroup
	full     bool // the owner was told that there is no room
	closing  bool // nothing more comes
	spare    []byte
}

// chunk is some messages, or a part of one.
type chunk struct {
	b    []byte
	part bool // the message at its end goes on in the next chunk
	own  bool // b may be appended to
}

func newOutlet(wake func()) *outlet {
	o := &outlet{wake: wake}
	o.attempt = o.write
	return o
}

// room returns how many bytes there is room for; if there is none, wake tells when there is.
func (o *outlet) room() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.full = o.bytes >= sendBytes
	return sendBytes - o.bytes
}

// put adds a message.
func (o *outlet) put(frames [][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.add(frames)
}

// putLast adds a message, if there is one, and writes what the kernel takes at once.
func (o *outlet) putLast(frames [][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.add(frames)
	if o.conn != nil && !o.draining {
		_ = o.raw.Write(o.attempt) // it fails for a connection that ends, which its reader sees
	}
}

func (o *outlet) add(frames [][]byte) {
	for i, f := range frames {
		c := o.open()
		before := len(c.b)
		c.b = appendHead(c.b, moreAfter(frames, i), len(f))
		if len(f) < shareMin {
			c.b = append(c.b, f...)
			o.bytes += len(c.b) - before
			continue
		}
		o.bytes += len(c.b) - before + len(f)
		c.part = true
		o.queue = append(o.queue, chunk{b: f, part: i < len(frames)-1})
	}
}

// putCommand adds an answer to a command, unless the queue is full: who has so much to
// read sees by that alone that its peer lives, and may not fill the memory with answers
// that it doesn't read.
func (o *outlet) putCommand(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bytes >= sendBytes {
		return
	}
	c := o.open()
	c.b = append(c.b, b...)
	o.bytes += len(b)
}

// open returns the chunk that takes what is added next.
func (o *outlet) open() *chunk {
	if last := len(o.queue) - 1; last >= 0 && o.queue[last].own && len(o.queue[last].b) < chunkBytes {
		return &o.queue[last]
	}
	o.queue = append(o.queue, chunk{b: o.spare, own: true})
	o.spare = nil
	return &o.queue[len(o.queue)-1]
}

// flush writes what the kernel takes at once.
func (o *outlet) flush() { o.putLast(nil) }

// write writes without waiting, and has the rest drained: also when it fails, for then
// the drain fails as well, and ends the connection. It never wants to be called again.
func (o *outlet) write(fd uintptr) bool {
	for len(o.queue) > 0 {
		n, err := tryWrite(fd, o.queue[0].b[o.written:])
		switch err {
		case nil:
			o.advance(n)
		case syscall.EINTR:
		default: // mostly EAGAIN
			o.startDrain()
			return true
		}
	}
	return true
}

// advance takes in that so many bytes of the first chunk are written, or lost.
func (o *outlet) advance(n int) {
	o.written += n
	o.bytes -= n
	if o.full && o.bytes < sendBytes/2 {
		o.full = false
		o.wake()
	}
	if o.written < len(o.queue[0].b) {
		return
	}
	done := o.queue[0]
	o.queue = slices.Delete(o.queue, 0, 1)
	o.written, o.midway = 0, done.part
	if done.own && cap(done.b) <= 2*chunkBytes {
		o.spare = done.b[:0]
	}
}

func (o *outlet) startDrain() {
	o.draining = true
	conn := o.conn
	o.drains.Go(func() { o.drain(conn) })
}

// drain writes until there is nothing left, or the connection ends.
func (o *outlet) drain(conn net.Conn) {
	for b := o.next(conn, 0); b != nil; {
		n, err := conn.Write(b)
		if err != nil {
			_ = conn.Close() // so that its reader sees it as well
			conn = nil
		}
		b = o.next(conn, n)
	}
}

// next takes in what was written, and returns what is to be written next; nil if there
// is nothing, or the connection has ended.
func (o *outlet) next(conn net.Conn, written int) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if written > 0 {
		o.advance(written)
	}
	if conn != nil && len(o.queue) > 0 {
		return o.queue[0].b[o.written:]
	}
	o.draining = false
	o.shut()
	return nil
}

// attach takes a connection into use.
func (o *outlet) attach(conn net.Conn) error {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conn, o.raw = conn, raw
	o.startDrain()
	return nil
}

// detach takes in that the connection has been closed.
func (o *outlet) detach() {
	o.mu.Lock()
	o.conn, o.raw = nil, nil
	o.mu.Unlock()
	o.drains.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	for lost := o.written > 0 || o.midway; lost && len(o.queue) > 0; lost = o.midway {
		o.advance(len(o.queue[0].b) - o.written)
	}
	o.written, o.midway = 0, false
}

// finish has the connection closed toward the peer when all is written. It tells
// whether there is nothing to wait for.
func (o *outlet) finish() (idle bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closing = true
	o.shut()
	return o.conn == nil && len(o.queue) == 0
}

// shut closes the connection toward the peer, who closes it then, if it is time.
func (o *outlet) shut() {
	if half, ok := o.conn.(interface{ CloseWrite() error }); ok && o.closing && !o.draining && len(o.queue) == 0 {
		_ = half.CloseWrite() // it fails for a connection that has ended
	}
}

// over tells whether nothing will be sent any more.
func (o *outlet) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closing && len(o.queue) == 0
}
