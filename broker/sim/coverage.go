package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bcp/broker/wire"
	"bcp/journal"
)

// Coverage counts what has happened. A key is a sort, a space, and the kind, such as "place
// the least busy".
type Coverage map[string]int

func (c Coverage) add(sort, kind string) { c[sort+": "+kind]++ }

// addThose adds what is so.
func (c Coverage) addThose(sort string, kinds map[string]bool) {
	for kind, is := range kinds {
		if is {
			c.add(sort, kind)
		}
	}
}

// Add adds the counts of another life.
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
			c.add("reason", r.Reason.String())
		}
		if r.Kind == journal.KindEnd {
			c.add("end", r.State.String())
		}
	}
}

// Transition returns the name of a transition: a record of a kind has changed a task from a
// state, 0 if the task is new, to the state that it is in now.
func Transition(kind journal.Kind, from journal.State, t *journal.Task) string {
	what := "task"
	if t.Tally != nil {
		what = "group"
	}
	was := ""
	if from != 0 {
		was = from.String() + " "
	}
	return fmt.Sprintf("%s of a %s: %s-> %s", kind, what, was, t.State)
}

func (c Coverage) hear(m wire.Message) {
	c.add("to broker", kindOf(m))
	switch m := m.(type) {
	case *wire.Outcome:
		c.add("verdict", strconv.Itoa(int(m.Verdict)))
	case *wire.Resolve:
		c.add("verb", strconv.Itoa(int(m.Verb)))
	}
}

func (c Coverage) send(m wire.Message) {
	c.add("to peer", kindOf(m))
	if r, ok := m.(*wire.Refuse); ok {
		c.add("refusal", r.Code.String())
	}
}

// String returns the counts as a table, with one line for each kind.
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
