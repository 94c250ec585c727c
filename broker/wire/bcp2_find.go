package wire

import (
	"bcp/journal"
	"bcp/journal/filter"
)

func (m *Find) layout(c *coder) {
	c.request(&m.Req)
	c.flags(&m.Count)
	c.u16(&m.Limit)
	c.id(&m.After)
	c.id(&m.Until)
	c.exact("bytes in filter", &m.Filter, filter.BytesMax)
}

func (m *Found) layout(c *coder) {
	c.request(&m.Req)
	c.id(&m.Cursor)
	c.id(&m.Last)
	c.u32(&m.Count)
	n := c.count("tasks", len(m.Tasks), filter.FoundMax, foundSize)
	grow(c, &m.Tasks, n)
	for i := range m.Tasks {
		c.found(&m.Tasks[i])
	}
}

// foundSize is the least that one of the tasks takes: three lengths.
const foundSize = 4 + 1 + 4

// found codes a task with what was asked for:
//
//	+---------+---------+---------+---------+----------+
//	| length  | STATUS  | client  | length  | options  |
//	| u32     |         | name    | u32     |          |
//	+---------+---------+---------+---------+----------+
func (c *coder) found(t *journal.Task) {
	c.sized(func() { c.status(t) })
	spec := t.Spec
	if spec == nil {
		spec = newSpec() // of a task that could not be read
	}
	client := &spec.Client
	if c.writing && CheckName("client", *client) != nil {
		client = new(string) // a BCP/1 client's routing id may be longer, and older builds have named others so
	}
	c.optionalName("client", client)
	c.sized(func() { c.options(spec) })
}

// options codes what was asked for with a task. It may be refused today, and was accepted.
func (c *coder) options(s *journal.Spec) {
	if c.writing {
		_ = c.writeOptions(s)
		return
	}
	asked := newSpec()
	asked.Target, asked.Key, asked.Client = s.Target, s.Key, s.Client
	c.readOptions(asked, nil)
	*s = *asked
}
