package journal

import "fmt"

// membersPage is how many rows are read in one transaction, about a millisecond.
const membersPage = 200

// Members calls fn for the members of a group, in the order of their positions and from
// one of these on, until fn has had enough or fails: for those that have rows as these
// tell, and for those of an array that have not started, or ended with the rest, as the
// row of the group does. What fn is given is its own. Members that are forgotten are left
// out. Errors are those of fn and of the Scanner.
func Members(s Scanner, group *Task, from uint32, fn func(*Task) (enough bool, err error)) error {
	m := roll{group: group, spec: group.Spec.OfMember(), indexes: group.Spec.Indexes(), fn: fn, pos: from}
	r := Range{Live: true, Ended: true, After: IDPlus(group.ID, from), Limit: membersPage}
	for more := true; more && !m.enough; {
		rows, beyond, err := memberRows(s, group, &r)
		if err != nil {
			return err
		}
		for i := range rows {
			if err := m.row(&rows[i]); err != nil || m.enough {
				return err
			}
		}
		more = !beyond
	}
	return m.upTo(group.Tally.Count)
}

// memberRows reads a page of members that have rows, and moves the range behind it. It
// tells whether there are no more: nothing is done with them inside of the transaction.
func memberRows(s Scanner, group *Task, r *Range) (rows []Task, last bool, err error) {
	more, err := s.Scan(*r, func(e Entry) error {
		r.After = e.Task.ID
		if _, ok := group.Position(e.Task.ID); ok {
			rows = append(rows, e.Task)
		} else {
			last = true
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("scan the journal: %w", err)
	}
	if more && len(rows) == 0 && !last {
		return nil, false, fmt.Errorf("scan the journal: %w: an empty page that is not the last", ErrCorrupt)
	}
	return rows, last || !more, nil
}

// roll goes through the members of a group.
type roll struct {
	group   *Task
	spec    *Spec
	indexes Indexes
	fn      func(*Task) (enough bool, err error)

	pos    uint32 // of the next member
	enough bool
}

// row tells of a member that has a row, and before it of those that have none.
func (m *roll) row(t *Task) (err error) {
	pos, _ := m.group.Position(t.ID)
	if err := m.upTo(pos); err != nil || m.enough {
		return err
	}
	m.pos = pos + 1
	m.enough, err = m.fn(t)
	return err
}

// upTo tells of the members without rows before a position.
func (m *roll) upTo(end uint32) (err error) {
	for ; m.pos < end && !m.enough && err == nil; m.pos++ {
		if m.group.hadRow(m.pos) {
			continue
		}
		t := m.group.MemberAt(m.pos, m.spec, m.indexes.At(m.pos))
		m.enough, err = m.fn(&t)
	}
	return err
}

// hadRow tells of a member that has no row whether it had one once, and is forgotten: the
// members of an array are given rows in their order, those of a broadcast all have them.
func (t *Task) hadRow(pos uint32) bool {
	return t.Spec.Array == "" || pos < t.Tally.Next
}
