package wire

import "bcp/journal"

// A BCP/2 message is a head, and for some commands a payload:
//
//	frame 1, the head
//	+---+---+---+---+---+---+---------+----------------------------+
//	| B | C | P | C | 0 | 2 | command | fields of the command ...  |
//	+---+---+---+---+---+---+---------+----------------------------+
//	  0   1   2   3   4   5      6      7
//
//	frame 2, the payload: a body, a result or what is shown, absent when it is empty
//
// Numbers are big endian. The fields of each command are its layout function.
const (
	dialectSize = 6
	headSize    = dialectSize + 1
)

// ways says in which dialects and directions a command may go.
type ways uint8

const (
	clientSays ways = 1 << iota
	clientHears
	workerSays
	workerHears
)

// way returns the one way that a message of the dialect goes to a side.
func way(d Dialect, side Side) ways {
	w := clientSays
	if d == BCP2Worker {
		w = workerSays
	}
	if side == ToPeer {
		w <<= 1
	}
	return w
}

func (c *coder) decode(d Dialect, frames [][]byte, side Side) (Message, *Error) {
	head := frames[0]
	if len(head) < headSize {
		return nil, Errorf(CodeMalformed, "head has %d bytes: it is at least %d long", len(head), headSize)
	}
	*c = coder{buf: head[headSize:], command: command(head[dialectSize])}
	m := c.command.message(way(d, side))
	if m == nil && c.command == cmdBundle {
		return nil, Errorf(CodeUnsupported, "a BUNDLE in a BUNDLE: single messages are accepted in one")
	}
	if m == nil {
		return nil, Errorf(CodeUnsupported, "command %#02x does not go from %s", head[dialectSize], wayNames[way(d, side)])
	}
	m.layout(c)
	c.end()
	c.readPayload(m, frames[1:])
	if c.err != nil {
		return nil, c.err
	}
	return m, nil
}

// wayNames says who sends to whom, for errors.
var wayNames = map[ways]string{
	clientSays: "a client to the broker", workerSays: "a worker to the broker",
	clientHears: "the broker to a client", workerHears: "the broker to a worker",
}

// encode makes the frames of a message, and the head of them in the coder's buffer, if that is
// large enough.
func (c *coder) encode(frames [][]byte, d Dialect, m Message) ([][]byte, error) {
	name, able := nameBCP2Client, clientSays|clientHears
	if d == BCP2Worker {
		name, able = nameBCP2Worker, workerSays|workerHears
	}
	if m.command().entry().ways&able == 0 || withoutInventory(m) {
		return nil, ErrUnsaid
	}
	head := c.buf
	if size := headSize + sizeHint(m); cap(head) < size {
		head = make([]byte, 0, size)
	}
	*c = coder{writing: true, command: m.command(), buf: append(head[:0], name...)}
	c.buf = append(c.buf, byte(c.command))
	m.layout(c)
	payload := payloadOf(m)
	c.checkPayload(payload)
	if c.err != nil {
		return nil, c.err
	}
	frames = append(frames, c.buf)
	if payload != nil && len(*payload) > 0 {
		frames = append(frames, *payload)
	}
	return frames, nil
}

// withoutInventory tells whether the message is of a worker that cannot say
// what it runs. In BCP/2 that would mean that it runs nothing.
func withoutInventory(m Message) bool {
	switch m := m.(type) {
	case *Register:
		return m.NoInventory
	case *WorkerBeat:
		return m.NoInventory
	}
	return false
}

// sizeHint returns about how many bytes the fields take, so that a head is
// mostly one allocation.
func sizeHint(m Message) int {
	switch m := m.(type) {
	case *Submit:
		return submitHint
	case *SubmitBatch:
		return len(m.Submits) * submitHint
	case *BatchAccepted:
		return len(m.Accepted) * acceptedSize
	case *Wait:
		return 8 + len(m.Tasks)*len(Ref{}.Task)
	case *Status:
		return 256
	case *Changed:
		return 64 + len(m.Rows)*changeRowSize
	case *Dispatch:
		return 57 + len(m.Checkpoint)
	case *Register:
		return 128 + len(m.Inventory)*itemSize
	case *WorkerBeat:
		return 16 + len(m.Inventory)*itemSize
	}
	return 57
}

const submitHint = 128

// payloadOf returns where the message has its payload, nil if its command
// knows none.
func payloadOf(m Message) *[]byte {
	switch m := m.(type) {
	case *Submit:
		return &m.Body
	case *SubmitBatch:
		bodies := m.joinBodies()
		return &bodies
	case *Dispatch:
		return &m.Body
	case *Ended:
		return &m.Result
	case *Outcome:
		return &m.Payload
	case *Checkpoint:
		return &m.State
	case *Shown:
		return &m.JSON
	}
	return nil
}

// readPayload takes the frames after the head.
func (c *coder) readPayload(m Message, rest [][]byte) {
	payload := payloadOf(m)
	most := 0
	if payload != nil {
		most = 1
	}
	if len(rest) > most {
		c.fail(CodeMalformed, "%d frames after the head: at most %d are accepted", len(rest), most)
		return
	}
	if len(rest) == 1 && len(rest[0]) > 0 {
		*payload = rest[0]
		c.checkPayload(payload)
	}
	if batch, ok := m.(*SubmitBatch); ok && c.err == nil {
		c.shareOut(batch, *payload)
	}
}

func (c *coder) checkPayload(payload *[]byte) {
	most := MaxBody
	switch c.command {
	case cmdCheckpoint:
		most = journal.MaxCheckpoint
	case cmdShown:
		most = MaxShown
	}
	if payload != nil && len(*payload) > most {
		c.fail(CodeTooLarge, "payload has %d bytes: at most %d are accepted", len(*payload), most)
	}
}
