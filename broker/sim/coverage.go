package sim

import (
	"fmt"
	"slices"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// Coverage counts what has happened: by sort, a space, and the kind.
type Coverage map[string]int

func (c Coverage) add(sort, kind string) { c[sort+": "+kind]++ }

// Add adds what another life has counted.
func (c Coverage) Add(other Coverage) {
	for k, n := range other {
		c[k] += n
	}
}

func (c Coverage) records(records []journal.Record) {
	for i := range records {
		r := &records[i]
		c.add("record", r.Kind.String())
		if r.Reason != journal.ReasonNone {
			c.add(r.Kind.String()+" because of", r.Reason.String())
		}
		if r.Kind == journal.KindEnd {
			c.add("end", r.State.String())
		}
	}
}

func (c Coverage) send(m wire.Message) {
	c.add("to peer", kindOf(m))
	if r, ok := m.(*wire.Refuse); ok {
		c.add("refusal", r.Code.String())
	}
}

// String returns a table, one line a kind.
func (c Coverage) String() string {
	kinds := make([]string, 0, len(c))
	for k := range c {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	var b strings.Builder
	for _, k := range kinds {
		fmt.Fprintf(&b, "%10d  %s\n", c[k], k)
	}
	return b.String()
}
