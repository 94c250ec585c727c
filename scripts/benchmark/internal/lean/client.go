package lean

import (
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/scripts/benchmark/internal/load"
)

// client keeps some tasks in the broker.
type client struct {
	session string
	ready   *int // how many peers the broker has welcomed

	refill   bool // submit another one for each that ends
	mixed    bool // each has any priority
	open     int  // tasks that have not ended
	accepted int
	ended    int

	submit wire.Submit
	key    []byte // of the last submit
	ack    wire.EndedAck
}

func newClient(bodySize int, ready *int) *client {
	c := &client{session: rand.Text(), ready: ready}
	c.submit.Body = make([]byte, bodySize)
	c.submit.Spec = &journal.Spec{
		Target: journal.Target{Kind: journal.ToService, Name: load.Service},
		Tries:  1,
	}
	return c
}

func (cl *client) hello(c *conn) error { return c.send(&wire.Hello{Session: cl.session}) }

// next submits one more task.
func (cl *client) next(c *conn) error {
	cl.submit.Req++
	cl.key = wire.AppendCountedKey(cl.key[:0], cl.session, uint64(cl.submit.Req))
	cl.submit.Spec.Key = string(cl.key)
	if cl.mixed {
		cl.submit.Spec.Priority = mrand.Int32N(2*journal.MaxPriority+1) - journal.MaxPriority
	}
	cl.open++
	return c.send(&cl.submit)
}

func (cl *client) take(c *conn, m wire.Message) error {
	switch m := m.(type) {
	case *wire.Ended:
		return cl.end(c, m)
	case *wire.Accepted:
		cl.accepted++
	case *wire.Welcome:
		*cl.ready++
	case *wire.Refuse:
		return fmt.Errorf("client was refused: %s: %s", m.Code, m.Text)
	}
	return nil
}

func (cl *client) end(c *conn, m *wire.Ended) error {
	if m.State != journal.Done {
		return fmt.Errorf("task %s ended as %s: %s %s", m.Task, m.State, m.Reason, m.Text)
	}
	cl.ack.Task = m.Task
	if err := c.send(&cl.ack); err != nil {
		return err
	}
	cl.open--
	cl.ended++
	if cl.refill {
		return cl.next(c)
	}
	return nil
}

func (cl *client) beat(c *conn) error { return c.send(&wire.Beat{}) }
