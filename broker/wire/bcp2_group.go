package wire

import "bcp/journal"

const (
	memberSize = 16 + 4 + 4 // a group's ULID, an index, the number of members
	countsSize = 6 * 4
)

// tailMember codes which member of which group a task is, if it is one.
func (c *coder) tailMember(tag uint8, m **journal.Member) {
	tailPart(c, tag, "member", memberSize, m, func() {
		c.id(&(*m).Group)
		c.u32(&(*m).Index)
		c.u32(&(*m).Count)
	})
}

// tailCounts codes how the members of a group stand, if the task is one: how many there
// are, and how many are out, done, failed, canceled and skipped. The others wait.
func (c *coder) tailCounts(tag uint8, t **journal.Tally) {
	tailPart(c, tag, "counts", countsSize, t, func() {
		for _, n := range []*uint32{&(*t).Count, &(*t).Out, &(*t).Done, &(*t).Failed, &(*t).Canceled, &(*t).Skipped} {
			c.u32(n)
		}
	})
}
