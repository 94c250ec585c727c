package zmtp

import "sync"

// messages are the frames of some messages, in order.
type messages struct {
	frames [][]byte
	ends   []int // in frames, of each message
	bytes  int
}

func (m *messages) add(frames [][]byte, bytes int) {
	m.frames = append(m.frames, frames...)
	m.ends = append(m.ends, len(m.frames))
	m.bytes += bytes
}

func (m *messages) full() bool { return m.bytes >= recvBytes || len(m.ends) >= recvMessages }

func (m *messages) reset() {
	clear(m.frames)
	m.frames, m.ends, m.bytes = m.frames[:0], m.ends[:0], 0
}

// intake is where messages wait that have arrived, until the owner takes all of them.
type intake struct {
	mu     sync.Mutex
	room   sync.Cond
	list   messages
	closed bool // nobody takes any more
}

func newIntake() *intake {
	in := new(intake)
	in.room.L = &in.mu
	return in
}

// put adds a message, once there is room. It drops what nobody takes any more.
func (in *intake) put(frames [][]byte, bytes int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.list.full() && !in.closed {
		in.room.Wait()
	}
	if !in.closed {
		in.list.add(frames, bytes)
	}
}

// take exchanges what has arrived for an empty list.
func (in *intake) take(empty messages) messages {
	in.mu.Lock()
	defer in.mu.Unlock()
	taken := in.list
	if taken.full() {
		in.room.Signal()
	}
	in.list = empty
	return taken
}

func (in *intake) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.list = messages{}
	in.room.Signal()
}
