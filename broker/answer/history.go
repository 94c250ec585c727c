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
	from := 0
	if after := asked.After; after != "" {
		if from, err = strconv.Atoi(after); err != nil || from < 0 {
			return nil, "", badCursor(after)
		}
	}
	e, err := journal.Find(j, id)
	if err != nil {
		return nil, "", err
	}
	entries := view.NewHistory(e.Records)
	if from > len(entries) {
		return nil, "", badCursor(asked.After)
	}
	list, n, err := page(entries[from:], itemsOf(asked))
	if from+n < len(entries) {
		cursor = strconv.Itoa(from + n)
	}
	return list, cursor, err
}
