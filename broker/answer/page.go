package answer

import (
	"encoding/json"
	"strconv"

	"bcp/broker/wire"
)

// pageBytes bounds a page. Items are added until it has as many bytes, so that it can be
// longer by one.
const pageBytes = 256 << 10 // little enough to be written at once

// itemsOf tells how many items a page has at most.
func itemsOf(m *wire.Show) int { return wire.PageSize(m.Limit, wire.MaxShownPage) }

// page writes the first of some items as a JSON list, so many at most, and tells how many
// these are: one at least, if there is one.
func page[T any](items []T, most int) (list []byte, n int, err error) {
	list = []byte{'['}
	for n < min(len(items), most) && len(list) < pageBytes {
		text, err := json.Marshal(&items[n])
		if err != nil {
			return nil, n, err
		}
		if n > 0 {
			list = append(list, ',')
		}
		list = append(list, text...)
		n++
	}
	return append(list, ']'), n, nil
}

// position reads a cursor that is a place in a list, at most the one behind its last item;
// "" is the first.
func position(cursor string, last int) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 0 || n > last {
		return 0, badCursor(cursor)
	}
	return n, nil
}
