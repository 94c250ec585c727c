package wire

import "bcp/journal"

// limitItemSize is the least that a limit takes in LIMITS.
const limitItemSize = 1 + 1 + 4 + 4 + 4 + 4 + 8 + 2 + 2

func (m *Limit) layout(c *coder) {
	c.request(&m.Req)
	c.enum("what to do", (*uint8)(&m.Do), uint8(LimitList), uint8(LimitUnset))
	c.limit(&m.What)
	c.whoAndWhy(&m.By, &m.Text)
	if c.err == nil {
		c.refuse(m.Check())
	}
}

func (m *Limits) layout(c *coder) {
	c.u32(&m.Req)
	c.flags(&m.More)
	n := c.count("limits", len(m.Items), MaxLimitPage, limitItemSize)
	grow(c, &m.Items, n)
	for i := range m.Items {
		item := &m.Items[i]
		c.limit(&item.Limit)
		c.u32(&item.Out)
		c.i64(&item.AtMS)
		c.whoAndWhy(&item.By, &item.Text)
	}
}

// limit codes a limit; all zero in the request for a list from the first one.
func (c *coder) limit(l *journal.Limit) {
	c.u8((*uint8)(&l.Scope))
	c.optionalName("limit", &l.Name)
	c.u32(&l.Running)
	c.u32((*uint32)(&l.Rate))
	c.u32(&l.Burst)
}
