package broker

import (
	"encoding/json"

	"bcp/journal"
)

// A broadcast knows the workers that its members are for, and how those have ended,
// for as long as it lives: nobody joins twice, and the result tells of each. After a
// restart it is read from the archive when somebody asks.

// sit takes in where the member of a broadcast stands.
func (g *group) sit(t *journal.Task) {
	if g.seated == nil {
		g.seated = make(map[string]bool)
	}
	pos := int(t.Member.Index)
	for len(g.seats) <= pos {
		g.seats = append(g.seats, journal.Seat{Index: uint32(len(g.seats))})
	}
	g.seated[t.Pinned] = true
	g.seats[pos] = journal.Seat{Index: t.Member.Index, Worker: t.Pinned}
	if t.State.Ended() {
		g.seats[pos].State, g.seats[pos].Reason = t.State.String(), t.Reason.String()
	}
}

// recall takes in the members that had ended before a restart. It tells whether all
// are known now.
func (b *Broker) recall(g *group) bool {
	count := int(g.whole.Tally.Count)
	if len(g.seated) == count {
		return true
	}
	err := b.endedMembers(&g.whole.Task, g.sit)
	return err == nil && len(g.seated) == count
}

// resultOf is what the end of a group tells of its members.
func (b *Broker) resultOf(g *group) []byte {
	var result any = g.whole.Tally.Numbers()
	if g.whole.isAll() {
		b.recall(g) // what can't be read is left out
		result = journal.Summarize(g.whole.Tally.Numbers(), g.seats)
	}
	text, _ := json.Marshal(result) // numbers, names and words
	return text
}
