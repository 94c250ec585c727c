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
		text, cursor, err := show(j, look, m.Of, s.Task, nowMS)
		return &wire.Shown{Req: m.Req, Cursor: cursor, JSON: text}, err
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

// show answers what was asked, about a task where that is about one, and with the cursor
// of the next page where there is one.
func show(j Journal, look Look, asked *wire.Show, about journal.ID, nowMS int64) (text []byte, cursor string, err error) {
	switch asked.What {
	case wire.ShowExplanation:
		text, err = explain(j, look, about, nowMS)
	case wire.ShowHistory:
		text, cursor, err = history(j, about, asked)
	case wire.ShowMembers:
		text, cursor, err = members(j, look, about, asked)
	case wire.ShowQueues:
		text, cursor, err = queues(j, look, asked)
	case wire.ShowWorkers:
		text, cursor, err = workers(look, asked)
	}
	return text, cursor, absent(about, err)
}

func explain(j Journal, look Look, about journal.ID, nowMS int64) ([]byte, error) {
	e, err := Explain(j, look, about, nowMS)
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
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
