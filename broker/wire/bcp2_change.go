package wire

import (
	"fmt"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
	"bcp/journal/filter"
)

// Limits of a change of many tasks.
const (
	MaxChange     = 100                           // tasks in one Change: the loop changes them without a pause, in some milliseconds
	MaxNewKeys    = MaxKey - 1 - ulid.EncodedSize // bytes of Change.NewKeys: a slash and a ULID follow it in each key
	MaxChangeText = 1 << 10                       // bytes of one text in ChangeRow.Changes; longer ones are cut
	maxChanges    = 256                           // options and the target: their numbers are bytes
)

// changeRowSize is the least that a row takes.
const changeRowSize = 16 + 1 + 1 + 1 + 2 + 2 + 16 + 2

func (m *Change) layout(c *coder) {
	c.request(&m.Req)
	c.enum("what to do", (*uint8)(&m.Do), uint8(ChangeCancel), uint8(ChangeDrop))
	c.exact("bytes in filter", &m.Filter, filter.BytesMax)
	c.flags(&m.Count, &m.All)
	c.u16(&m.Limit)
	c.id(&m.After)
	c.id(&m.Until)
	c.ids("tasks", &m.Tasks, MaxChange)
	c.whoAndWhy(&m.By, &m.Text)
	c.key(&m.NewKeys)
	c.newTarget(&m.Target)
	if m.Spec == nil {
		m.Spec = new(journal.Spec)
	}
	c.edits(m.Spec, &m.Options)
	if c.err == nil {
		c.refuse(m.check())
	}
}

// check tells what is given that is not for what is to be done, or is missing for it.
func (m *Change) check() *Error {
	edits := m.Do == ChangeEdit || m.Do == ChangeMove
	switch {
	case len(m.Tasks) > 0 && (m.Count || m.All || m.Limit != 0 || !m.After.IsZero() || !m.Until.IsZero()):
		return Errorf(CodeMalformed, "tasks are named: neither count, all, limit, after nor until is accepted with them")
	case !edits && (m.Target.Kind != 0 || len(m.Options) > 0):
		return Errorf(CodeBadOption, "%s: no target and no options are accepted with it", m.Do)
	case m.Do == ChangeMove && (m.Target.Kind == 0 || len(m.Options) > 0):
		return Errorf(CodeBadOption, "move: a worker or a service is accepted with it, and no options")
	case m.Do == ChangeEdit && m.Target.Kind == 0 && len(m.Options) == 0:
		return Errorf(CodeBadOption, "edit: nothing to change is named: options, a worker or a service are accepted")
	case m.Do != ChangeRetry && m.NewKeys != "":
		return Errorf(CodeBadOption, "%s: no new-keys are accepted with it", m.Do)
	case len(m.NewKeys) > MaxNewKeys:
		return Errorf(CodeTooLarge, "%d bytes in new-keys: at most %d are accepted", len(m.NewKeys), MaxNewKeys)
	case len(m.Tasks) == 0 && m.All != filter.IsBlank(m.Filter):
		return Errorf(CodeBadOption, "%s: either a filter or all is accepted: an empty filter does not mean every task", m.Do)
	}
	return nil
}

func (m *Changed) layout(c *coder) {
	c.u32(&m.Req)
	c.id(&m.Cursor)
	c.id(&m.Last)
	n := c.count("states", len(m.Counts), len(journal.States), 1+4)
	grow(c, &m.Counts, n)
	for i := range m.Counts {
		c.state(&m.Counts[i].State, journal.Pending)
		c.u32(&m.Counts[i].Tasks)
	}
	n = c.count("rows", len(m.Rows), MaxChange, changeRowSize)
	grow(c, &m.Rows, n)
	for i := range m.Rows {
		c.changeRow(&m.Rows[i])
	}
}

func (c *coder) changeRow(r *ChangeRow) {
	c.id(&r.Task)
	c.state(&r.Before, 0)
	c.state(&r.After, 0)
	c.flags(&r.WasHeld, &r.Held)
	c.u16((*uint16)(&r.Code))
	c.text("bytes in text", &r.Text, MaxText)
	c.id(&r.RetriedAs)
	n := c.count("changes", len(r.Changes), maxChanges, 2)
	grow(c, &r.Changes, n)
	for i := range r.Changes {
		c.text("bytes in change", &r.Changes[i], MaxChangeText)
	}
}

var changeNames = map[ChangeDo]string{
	ChangeCancel: "cancel", ChangeHold: "hold", ChangeRelease: "release", ChangeEdit: "edit",
	ChangeMove: "move", ChangeRetry: "retry", ChangeDrop: "drop",
}

// String returns the name of what is done, as the API and the command line spell it.
func (d ChangeDo) String() string {
	if name, ok := changeNames[d]; ok {
		return name
	}
	return fmt.Sprintf("change(%d)", uint8(d))
}
