package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/filter"
)

// find answers which tasks a filter means. The core doesn't look for them: who
// sends the answer fills it in from the journal, beside the loop, with FillFound.
func (b *Broker) find(now Instant, from wire.Peer, m *wire.Find) {
	if b.sessionOf(now, from, m.Req) == nil {
		return
	}
	if _, err := filter.Parse(m.Filter); err != nil {
		b.refuse(from, &wire.Refuse{Req: m.Req, Code: wire.CodeBadOption, Text: err.Error()})
		return
	}
	b.sendLoaded(from, &wire.Found{Req: m.Req, Of: m}, LoadFound, journal.ID{})
}

// Reader is the part of journal.Store that FillFound reads.
type Reader interface {
	journal.Scanner
	Meta() journal.Meta
}

// FillFound returns the page of the journal that a Send of LoadFound lacks. Ages are
// counted up to nowMS, in Unix milliseconds. Errors are the journal's.
func FillFound(r Reader, m *wire.Found, nowMS int64) (*wire.Found, error) {
	f, err := filter.Parse(m.Of.Filter)
	if err != nil {
		return nil, err
	}
	last := r.Meta().Last
	page, err := filter.Read(r, filter.Query{
		Filter: f, After: m.Of.After, Until: m.Of.Until, Limit: int(m.Of.Limit), Count: m.Of.Count, NowMS: nowMS,
	})
	return &wire.Found{Req: m.Req, Cursor: page.Cursor, Last: last, Count: uint32(page.Count), Tasks: page.Tasks}, err
}
