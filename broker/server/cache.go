package server

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// bodyCost is what a body in the cache takes beside its bytes, about.
const bodyCost = 256

// bodyCache keeps the bodies of recent tasks, for most are dispatched soon. The
// oldest go first when there is no room.
type bodyCache struct {
	limit, bytes int
	entries      map[journal.ID]*cachedBody
	order        cachedBody  // whose next is the oldest, and whose prev is the youngest
	spare        *cachedBody // the first of those that are not in use, by next
}

// cachedBody is a body between an older one and a younger one.
type cachedBody struct {
	task       journal.ID
	body       []byte
	prev, next *cachedBody
}

func newBodyCache(limit int) *bodyCache {
	c := &bodyCache{limit: limit, entries: make(map[journal.ID]*cachedBody)}
	c.order.prev, c.order.next = &c.order, &c.order
	return c
}

// note takes in what the records say: a body comes with the submit, and hardly
// anybody wants it after the end.
func (c *bodyCache) note(records []journal.Record) {
	for i := range records {
		switch r := &records[i]; r.Kind {
		case journal.KindSubmit:
			if r.Blob.IsZero() {
				c.add(r.Task, r.Payload)
			}
		case journal.KindEnd:
			c.remove(c.entries[r.Task])
		}
	}
}

// noteLarge takes in the bodies of a message that were written as the blobs of these
// records.
func (c *bodyCache) noteLarge(records []journal.Record, m wire.Message) {
	young := make(map[journal.ID][]byte)
	for _, p := range wire.Payloads(m) {
		if p.Submit != nil && p.Submit.Written != nil {
			young[p.Stored.ID] = p.Submit.Written
		}
	}
	for i := range records {
		if r := &records[i]; r.Kind == journal.KindSubmit && young[r.Blob.ID] != nil {
			c.add(r.Task, young[r.Blob.ID])
		}
	}
}

// spend forgets a large body that has left for its worker: another attempt reads it
// from its file, and others have the room.
func (c *bodyCache) spend(d *wire.Dispatch, large int) {
	if len(d.Body) >= large && d.BodyOf() == d.Task {
		c.remove(c.entries[d.Task])
	}
}

func (c *bodyCache) get(id journal.ID) ([]byte, bool) {
	e := c.entries[id]
	if e == nil {
		return nil, false
	}
	return e.body, true
}

func (c *bodyCache) add(id journal.ID, body []byte) {
	if len(body)+bodyCost > c.limit {
		return
	}
	e := c.unused()
	*e = cachedBody{task: id, body: body, prev: c.order.prev, next: &c.order}
	e.prev.next, e.next.prev = e, e
	c.entries[id] = e
	c.bytes += len(body) + bodyCost
	for c.bytes > c.limit {
		c.remove(c.order.next)
	}
}

// unused returns an entry to be filled in.
func (c *bodyCache) unused() *cachedBody {
	e := c.spare
	if e == nil {
		return new(cachedBody)
	}
	c.spare = e.next
	return e
}

func (c *bodyCache) remove(e *cachedBody) {
	if e == nil {
		return
	}
	delete(c.entries, e.task)
	c.bytes -= len(e.body) + bodyCost
	e.prev.next, e.next.prev = e.next, e.prev
	*e = cachedBody{next: c.spare}
	c.spare = e
}
