package catalog

import (
	"context"
	"time"

	"bcp/broker/admin/api"
	"bcp/journal"
	"bcp/journal/filter"
)

// lookEvery is after how many members without rows it is looked whether the list is
// still wanted.
const lookEvery = 1000

// roll calls fn for the members of a task that a filter means, in order of their
// indexes: those with rows as these tell, and between them those without, one after
// another, as the row of the whole tells.
type roll struct {
	ctx     context.Context
	whole   *journal.Task
	spec    *journal.Spec
	indexes journal.Indexes
	filter  *filter.Filter
	nowMS   int64
	fn      func(*journal.Task) (enough bool, err error)

	pos    uint32 // of the next member
	enough bool
}

// membersMatching calls fn for the members of a task that f means, from that after
// r.After on.
func (c Catalog) membersMatching(ctx context.Context, ref string, f *filter.Filter, r journal.Range, fn func(*journal.Task) (enough bool, err error)) error {
	e, err := c.Get(ref)
	switch {
	case err != nil:
		return err
	case e.Task.Tally == nil:
		return api.Errorf(api.CodeBadRequest, "array %q: an array or a broadcast is accepted, and task %s has no members", ref, e.Task.ID)
	case r.Descending:
		return api.Errorf(api.CodeBadRequest, "sort -submitted: not accepted with array")
	}
	m := &roll{
		ctx: ctx, whole: &e.Task, spec: e.Task.Spec.OfMember(), indexes: e.Task.Spec.Indexes(),
		filter: f, nowMS: time.Now().UnixMilli(), fn: fn,
	}
	if last, ok := m.whole.Position(r.After); ok {
		m.pos = last + 1
	}
	rows := journal.Range{Live: true, Ended: true, After: journal.IDPlus(m.whole.ID, m.pos)}
	err = c.walk(rows, func(e *journal.Entry) (bool, error) {
		pos, ok := m.whole.Position(e.Task.ID)
		if !ok {
			return true, nil
		}
		if err := m.upTo(pos); err != nil || m.enough {
			return m.enough, err
		}
		m.pos = pos + 1
		err := m.tell(&e.Task)
		return m.enough, err
	})
	if err != nil || m.enough {
		return err
	}
	return m.upTo(m.whole.Tally.Count)
}

// upTo tells of the members without rows before a position.
func (m *roll) upTo(end uint32) error {
	for ; m.pos < end && !m.enough; m.pos++ {
		if m.pos%lookEvery == 0 && m.ctx.Err() != nil {
			return m.ctx.Err()
		}
		if m.whole.Spec.Array == "" || m.whole.Tally.Rest == 0 && m.pos < m.whole.Tally.Next {
			continue // it had a row once
		}
		t := m.whole.MemberAt(m.pos, m.spec, m.indexes.At(m.pos))
		if err := m.tell(&t); err != nil {
			return err
		}
	}
	return nil
}

func (m *roll) tell(t *journal.Task) (err error) {
	if m.filter.Match(t, m.nowMS) {
		m.enough, err = m.fn(t)
	}
	return err
}
