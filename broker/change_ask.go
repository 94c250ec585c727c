package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/filter"
)

// FillChanged returns the page that a Send of LoadChanged lacks: those tasks of the filter,
// as the journal has them, with which something can be done, and what would become of each.
// Ages are counted up to nowMS, in Unix milliseconds. Errors are the journal's.
func FillChanged(r Reader, m *wire.Changed, nowMS int64) (*wire.Changed, error) {
	ask := m.Of
	f, err := checkChange(ask.Do, ask.Filter)
	if err != nil {
		return nil, err
	}
	full := &wire.Changed{Req: m.Req, Last: r.Meta().Last}
	page, err := filter.Read(r, filter.Query{
		Filter: f, After: ask.After, Until: ask.Until, Limit: wire.PageSize(ask.Limit, wire.MaxChange), Count: ask.Count, NowMS: nowMS,
		Also: func(t *journal.Task) bool {
			takes := Changes(ask.Do, t, nowMS)
			if takes {
				full.Count(t.State)
			}
			return takes
		},
	})
	if err != nil {
		return nil, err
	}
	full.Cursor = page.Cursor
	if !ask.Count {
		full.Counts = nil // only of those that can be changed, as it turns out
	}
	for i := range page.Tasks {
		full.Add(PlanChange(ask, &page.Tasks[i], nowMS))
	}
	return full, nil
}
