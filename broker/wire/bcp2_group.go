package wire

import "bcp/journal"

const (
	memberSize = 16 + 4 + 4 // a group's ULID, an index, the number of members
	countsSize = 6 * 4
)

// tailMember codes which member of which group a task is, if it is one.
func (c *coder) tailMember(tag uint8, m **journal.Member) {
	if c.writing {
		if *m != nil {
			c.writeField(tag, memberSize)
			c.member(*m)
		}
		return
	}
	if rest, ok := c.enter(tag, memberSize); ok {
		*m = new(journal.Member)
		c.member(*m)
		c.leave(tag, rest)
	}
}

func (c *coder) member(m *journal.Member) {
	c.id(&m.Group)
	c.u32(&m.Index)
	c.u32(&m.Count)
}

// tailCounts codes how the members of a group stand, if the task is one.
func (c *coder) tailCounts(tag uint8, t **journal.Tally) {
	if c.writing {
		if *t != nil {
			c.writeField(tag, countsSize)
			c.counts(*t)
		}
		return
	}
	if rest, ok := c.enter(tag, countsSize); ok {
		*t = new(journal.Tally)
		c.counts(*t)
		c.leave(tag, rest)
	}
}

// counts codes how many members there are, and how many are out, done, failed,
// canceled and skipped. The others wait.
func (c *coder) counts(t *journal.Tally) {
	c.u32(&t.Count)
	c.u32(&t.Out)
	c.u32(&t.Done)
	c.u32(&t.Failed)
	c.u32(&t.Canceled)
	c.u32(&t.Skipped)
}
