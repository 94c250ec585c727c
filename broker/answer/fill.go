package answer

import (
	"encoding/json"
	"errors"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// Journal is the part of journal.Store that is read here.
type Journal interface {
	journal.Finder
	Meta() journal.Meta
}

// Look runs fn where the core may be looked at, and returns when what fn saw is durable.
type Look func(fn func(now broker.Instant, b *broker.Broker)) error

// Fill returns the message of a Send that Fills, with all that it lacks; nowMS is the
// broker's wall clock in Unix milliseconds. A *wire.Error is what the peer is to be told
// instead; others are the journal's or look's.
func Fill(j Journal, look Look, s broker.Send, nowMS int64) (wire.Message, error) {
	switch m := s.Msg.(type) {
	case *wire.Found:
		return broker.FillFound(j, m, nowMS)
	case *wire.Changed:
		return broker.FillChanged(j, m, nowMS)
	case *wire.Shown:
		shown := &wire.Shown{Req: m.Req}
		err := fillShown(shown, j, look, m.Of, s.Task, nowMS)
		return shown, err
	}
	return s.Msg, nil
}

// Fills tells whether the message of a Send is to be filled in by Fill.
func Fills(s *broker.Send) bool {
	return s.Load == broker.LoadFound || s.Load == broker.LoadChanged || s.Load == broker.LoadShown
}

// Req returns the number of the request that a message to fill in answers.
func Req(m wire.Message) uint32 {
	switch m := m.(type) {
	case *wire.Found:
		return m.Req
	case *wire.Changed:
		return m.Req
	case *wire.Shown:
		return m.Req
	}
	return 0
}

func fillShown(m *wire.Shown, j Journal, look Look, asked *wire.Show, about journal.ID, nowMS int64) (err error) {
	switch asked.What {
	case wire.ShowExplanation:
		e, err := Explain(j, look, about, nowMS)
		if err != nil {
			return absent(about, err)
		}
		m.JSON, err = json.Marshal(e)
		return err
	case wire.ShowHistory:
		m.JSON, m.Cursor, err = history(j, about, asked)
		return absent(about, err)
	case wire.ShowQueues:
		m.JSON, m.Cursor, err = queues(j, look, asked)
	case wire.ShowWorkers:
		m.JSON, m.Cursor, err = workers(look, asked)
	case wire.ShowMembers:
		m.JSON, m.Cursor, err = members(j, look, about, asked)
		return absent(about, err)
	}
	return err
}

// absent tells of a task that was there when its answer was begun that it is forgotten.
func absent(id journal.ID, err error) error {
	if errors.Is(err, journal.ErrNotFound) {
		return wire.Errorf(wire.CodeGone, "task %s has ended, and is forgotten", id)
	}
	return err
}

// badCursor refuses a cursor that no page has ended with.
func badCursor(after string) error {
	return wire.Errorf(wire.CodeBadOption, "cursor %q: the cursor of the page before is accepted, or none for the first page", after)
}
