package answer

import (
	"strconv"

	"bcp/broker/view"
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
	shown, err := showTasks(look, found)
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

// showTasks returns the tasks as they are shown, with what only the loop knows of them.
func showTasks(look Look, tasks []journal.Task) ([]view.Task, error) {
	var live []journal.ID
	for i := range tasks {
		if !tasks[i].State.Ended() {
			live = append(live, tasks[i].ID)
		}
	}
	known, err := LookAt(look, live)
	if err != nil {
		return nil, err
	}
	shown := make([]view.Task, 0, len(tasks))
	for i := range tasks {
		v := view.NewTask(&tasks[i])
		if !v.Ended {
			known.AddTo(&v, tasks[i].ID)
		}
		shown = append(shown, v)
	}
	return shown, nil
}
