package server

import (
	"container/list"

	"bcp/broker/wire"
	"bcp/journal"
)

// bodyCost is what a body in the cache takes beside its bytes, about.
const bodyCost = 256

// bodyCache keeps the bodies of recent tasks, for most are dispatched soon. The
// oldest go first when there is no room.
type bodyCache struct {
	limit, bytes int
	entries      map[journal.ID]*list.Element
	order        *list.List // of cachedBody, the oldest in front
}

type cachedBody struct {
	task journal.ID
	body []byte
}

func newBodyCache(limit int) *bodyCache {
	return &bodyCache{limit: limit, entries: make(map[journal.ID]*list.Element), order: list.New()}
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

// noteLarge takes in the bodies that were written as the blobs of these records: young
// tells which, by the blob's ID.
func (c *bodyCache) noteLarge(records []journal.Record, young map[journal.ID][]byte) {
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
	return e.Value.(cachedBody).body, true
}

func (c *bodyCache) add(id journal.ID, body []byte) {
	if len(body)+bodyCost > c.limit {
		return
	}
	c.entries[id] = c.order.PushBack(cachedBody{id, body})
	c.bytes += len(body) + bodyCost
	for c.bytes > c.limit {
		c.remove(c.order.Front())
	}
}

func (c *bodyCache) remove(e *list.Element) {
	if e == nil {
		return
	}
	gone := c.order.Remove(e).(cachedBody)
	delete(c.entries, gone.task)
	c.bytes -= len(gone.body) + bodyCost
}
