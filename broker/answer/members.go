package answer

import (
	"strconv"

	"bcp/broker/wire"
	"bcp/journal"
)

// members returns a page of the members of an array or a broadcast. A cursor is the
// position of the first one of the next page: members keep their positions.
func members(j Journal, look Look, id journal.ID, asked *wire.Show) (list []byte, cursor string, err error) {
	e, err := journal.Find(j, id)
	if err != nil {
		return nil, "", err
	}
	group := &e.Task
	if group.Tally == nil {
		return nil, "", wire.Errorf(wire.CodeNotAllowed, "task %s has no members: an array or a broadcast is accepted", id)
	}
	from, err := position(asked.After, int(group.Tally.Count))
	if err != nil {
		return nil, "", err
	}
	var found []journal.Task
	err = journal.Members(j, group, uint32(from), func(t *journal.Task) (bool, error) {
		found = append(found, *t)
		return len(found) > itemsOf(asked), nil
	})
	if err != nil {
		return nil, "", err
	}
	shown, err := ShowTasks(look, found)
	if err != nil {
		return nil, "", err
	}
	list, n, err := page(shown, itemsOf(asked))
	if n < len(found) {
		next, _ := group.Position(found[n].ID)
		cursor = strconv.Itoa(int(next))
	}
	return list, cursor, err
}
