package wire

import "bytes"

// A batch's head has the tasks one after another, each as SUBMIT has it behind
// its number; their bodies are one payload:
//
//	head   +-----+-------+----------+----------+--------------+-----
//	       | req | count | body     | size     | flags ...    | next task
//	       |     |       | of the payload      | ... options  |
//	       +-----+-------+----------+----------+--------------+-----
//	          4      2        4          4       size bytes
//
//	payload  body | body | body ...
const (
	taskLeadSize = 4 + 4      // of a task: how long its body and its fields are
	acceptedSize = 16 + 1 + 1 // of a task in the answer: its ULID, state and flags
)

func (m *SubmitBatch) layout(c *coder) {
	c.request(&m.Req)
	if !c.writing {
		c.checkBatchHead(len(c.buf))
	}
	n := c.count("tasks", len(m.Submits), MaxBatch, taskLeadSize)
	grow(c, &m.Submits, n)
	for i := 0; i < len(m.Submits) && c.err == nil; i++ {
		c.place = i + 1
		c.batched(&m.Submits[i])
		c.place = 0
	}
	if c.writing {
		c.checkBatchHead(len(c.buf))
	}
	if c.err == nil {
		c.refuse(CheckBatch(m.Submits))
	}
}

func (c *coder) checkBatchHead(size int) {
	if size > MaxBatchHead {
		c.fail(CodeTooLarge, "head has %d bytes: at most %d are accepted", size, MaxBatchHead)
	}
}

// batched codes one task of a batch.
func (c *coder) batched(m *Submit) {
	body := uint32(len(m.Body))
	c.u32(&body)
	if !c.writing {
		c.bodies = append(c.bodies, int(body))
	}
	c.sized(func() { c.submission(m) })
}

// joinBodies makes the payload of a batch.
func (m *SubmitBatch) joinBodies() []byte {
	bodies := make([][]byte, len(m.Submits))
	for i := range m.Submits {
		bodies[i] = m.Submits[i].Body
	}
	return bytes.Join(bodies, nil)
}

// shareOut gives each task of a batch its part of the payload.
func (c *coder) shareOut(m *SubmitBatch, payload []byte) {
	for i, n := range c.bodies {
		if n > len(payload) {
			c.refuse(OfBatch(i, Errorf(CodeMalformed, "the payload ends %d bytes before its body does", n-len(payload))))
			return
		}
		if n > 0 {
			m.Submits[i].Body = payload[:n:n]
		}
		payload = payload[n:]
	}
	if len(payload) > 0 {
		c.fail(CodeMalformed, "payload has %d bytes too many", len(payload))
	}
}

func (m *BatchAccepted) layout(c *coder) {
	c.request(&m.Req)
	n := c.count("tasks", len(m.Accepted), MaxBatch, acceptedSize)
	grow(c, &m.Accepted, n)
	for i := range m.Accepted {
		c.acceptance(&m.Accepted[i])
	}
}
