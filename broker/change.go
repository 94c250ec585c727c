package broker

import (
	"cmp"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/filter"
)

// change does one thing with the tasks that are named, each as if it was asked for
// alone, or tells with which ones it could be done: that page is read beside the loop, and
// filled in with FillChanged.
func (b *Broker) change(now Instant, from wire.Peer, m *wire.Change) {
	s := b.sessionOf(now, from, m.Req)
	if s == nil {
		return
	}
	f, err := checkChange(m.Do, m.Filter)
	if err != nil {
		b.refuse(from, &wire.Refuse{Req: m.Req, Code: wire.CodeBadOption, Text: err.Error()})
		return
	}
	if m.Do == wire.ChangeEdit {
		filled := *m
		filled.Spec = b.WithDefaults(m.Spec)
		m = &filled
	}
	answer := &wire.Changed{Req: m.Req, Of: m}
	if len(m.Tasks) == 0 {
		b.sendLoaded(from, answer, LoadChanged, journal.ID{})
		return
	}
	if m.Filter == "" {
		f = nil // whoever names tasks means them
	}
	b.rowsSeen = 0
	for i := range m.Tasks {
		answer.Add(b.changeOne(now, s, m, f, i))
	}
	b.send(from, answer)
}

// changeOne does it with one task, the one in a place among those that are named, if the
// filter still means it. What is so already is no error, although the filter may not mean it
// for that: a change whose answer was lost comes again.
func (b *Broker) changeOne(now Instant, s *session, m *wire.Change, f *filter.Filter, i int) wire.ChangeRow {
	id := m.Tasks[i]
	found, err := b.known(id, "")
	if err != nil {
		return wire.ChangeRow{Task: id, Code: err.Code, Text: err.Text}
	}
	row := planChange(m, &found, now.WallMS, b.nowFor(now, id))
	if f != nil && !f.Match(&found, now.WallMS) && !b.retriedBefore(m, id) {
		if !unchanged(&row) {
			refuseRow(&row, wire.Errorf(wire.CodeNotAllowed, "task %s is %s: the filter does not mean it any more", id, stateWords(&found)))
		}
		return row
	}
	after := found
	if err := b.changeTask(now, s, m, i, &after); err != nil {
		refuseRow(&row, err)
		return row
	}
	row.After, row.Held = after.State, after.Held
	if after.ID != id {
		row.RetriedAs = after.ID
	}
	return row
}

// changeTask does it with a task that was found, which is as it is afterwards then.
func (b *Broker) changeTask(now Instant, s *session, m *wire.Change, i int, found *journal.Task) *wire.Error {
	by := cmp.Or(m.By, s.id)
	switch m.Do {
	case wire.ChangeHold:
		return b.holdFound(now, found, by, m.Text)
	case wire.ChangeRelease:
		b.releaseFound(now, found, by, m.Text)
	case wire.ChangeEdit, wire.ChangeMove:
		return b.editFound(now, found, editOf(m), by)
	case wire.ChangeRetry:
		if err := b.checkRowsAgain(found); err != nil {
			return err
		}
		again := &wire.Resolve{Text: m.Text, NewKey: m.NewKey(found.ID)}
		if m.Copies != nil {
			again.Copy = m.Copies[i]
		}
		return b.retry(now, s, found, again, by)
	case wire.ChangeDrop:
		return b.dropTask(now, found, by, m.Text)
	default:
		b.cancelFound(now, s, found, by, m.Text)
	}
	return nil
}

// checkRowsAgain tells whether the members of an array or a broadcast can be looked at beside
// those of the others that are tried again with it. Those of one always can.
func (b *Broker) checkRowsAgain(t *journal.Task) *wire.Error {
	rows := b.rowsAgain(t)
	if b.rowsSeen > 0 && b.rowsSeen+rows > retryRowsMax {
		return wire.Errorf(wire.CodeBusy, "task %s has too many members to be tried again with the others: ask for it alone", t.ID)
	}
	b.rowsSeen += rows
	return nil
}

// retriedBefore tells whether a retry has made a task under its new key before.
func (b *Broker) retriedBefore(m *wire.Change, id journal.ID) bool {
	key := m.NewKey(id)
	if m.Do != wire.ChangeRetry || key == "" {
		return false
	}
	_, err := b.lookupKey(key)
	return err == nil
}
