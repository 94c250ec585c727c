package journal

import (
	"cmp"
	"fmt"
)

// membersPage is how many rows are read in one transaction, about a millisecond.
const membersPage = 200

// Members calls fn for the members of a group, in the order of their positions and from a
// position on, until fn has had enough or fails. A member that has a row is as the row
// says; a member of an array that has not started, or that ended together with the rest, is
// as the row of the group says. What fn is given is its own to keep. Members that are
// forgotten are left out. Errors are those of fn and of the Scanner. Damage that one may pass
// over (see Passable) is told in the end, and near it members without rows are left out.
func Members(s Scanner, group *Task, from uint32, fn func(*Task) (enough bool, err error)) error {
	m := roll{group: group, spec: group.Spec.OfMember(), indexes: group.Spec.Indexes(), fn: fn, pos: from}
	r := Range{Live: true, Ended: true, After: IDPlus(group.ID, from), Limit: membersPage}
	var damage error
	for more := true; more && !m.enough; {
		rows, beyond, err := memberRows(s, group, &r)
		known, knownErr := aheadAreThere(s, group)
		for _, err := range []error{err, knownErr} {
			if !Passable(err) {
				return err
			}
			damage = cmp.Or(damage, err)
		}
		m.known = known && err == nil
		for i := range rows {
			if err := m.row(&rows[i]); err != nil || m.enough {
				return cmp.Or(err, damage)
			}
		}
		more = !beyond
	}
	return cmp.Or(m.upTo(group.Tally.Count), damage)
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
	if more && len(rows) == 0 && !last {
		return nil, true, fmt.Errorf("scan the journal: %w: an empty page that is not the last", ErrCorrupt)
	}
	if err != nil {
		err = fmt.Errorf("scan the journal: %w", err)
	}
	return rows, last || !more, err
}

// roll goes through the members of a group.
type roll struct {
	group   *Task
	spec    *Spec
	indexes Indexes
	fn      func(*Task) (enough bool, err error)

	pos    uint32 // of the next member
	known  bool   // members without rows never had any, from Tally.Next on
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
		if !m.known || m.group.hadRow(m.pos) {
			continue
		}
		t := m.group.MemberAt(m.pos, m.spec, m.indexes.At(m.pos))
		m.enough, err = m.fn(&t)
	}
	return err
}

// aheadAreThere tells whether none of the members of an array is forgotten that had got rows
// before it was their turn: the others from Tally.Next on never had any. An array that has ended
// is forgotten in the order of IDs, its own row last: so while its first member is there all are.
// Of very many without such a one it is taken for granted.
func aheadAreThere(s Scanner, group *Task) (bool, error) {
	ahead, next := group.Tally.Ahead, group.Tally.Next
	if ahead == 0 || !group.State.Ended() {
		return true, nil
	}
	from := Range{Live: true, Ended: true, After: group.ID, Limit: 1}
	if ahead <= membersPage {
		from.After, from.Limit = IDPlus(group.ID, next), int(ahead)
	}
	rows, _, err := memberRows(s, group, &from)
	switch {
	case err != nil:
		return false, err
	case ahead <= membersPage:
		return len(rows) == int(ahead), nil
	}
	return next == 0 || len(rows) > 0 && rows[0].ID == IDOf(group.ID, 0), nil
}

// hadRow tells of a member that has no row whether it had one once, and is forgotten: the
// members of an array are given rows in their order, those of a broadcast all have them.
func (t *Task) hadRow(pos uint32) bool {
	return t.Spec.Array == "" || pos < t.Tally.Next
}
