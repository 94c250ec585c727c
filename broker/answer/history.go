package answer

import (
	"strconv"

	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/journal"
)

// history returns a page of what became of a task. A cursor is the number of entries
// before it: these stay as they are, whatever becomes of the task meanwhile.
func history(j journal.Finder, id journal.ID, asked *wire.Show) (list []byte, cursor string, err error) {
	e, err := journal.Find(j, id)
	if err != nil {
		return nil, "", err
	}
	entries := view.NewHistory(e.Records)
	from, err := position(asked.After, len(entries))
	if err != nil {
		return nil, "", err
	}
	list, n, err := page(entries[from:], itemsOf(asked))
	if from+n < len(entries) {
		cursor = strconv.Itoa(from + n)
	}
	return list, cursor, err
}
