package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"bcp/broker/admin/api"
)

// showMembers lists the members of a broadcast below what is known of the whole; in
// tables only, for JSON is of one task.
func showMembers(ctx context.Context, g *globals, s source, id string, out io.Writer) error {
	if !g.forPeople() {
		return nil
	}
	if _, err := io.WriteString(out, "\n"); err != nil {
		return err
	}
	p := newPrinter(g, out, memberView())
	if err := s.Members(ctx, id, p.add); err != nil {
		return p.cutOff(err)
	}
	return p.close()
}

// memberView shows the members of a broadcast.
func memberView() view[api.Task] {
	now := time.Now()
	return view[api.Task]{
		name: func(t api.Task) string { return t.ID },
		columns: []column[api.Task]{
			{"WORKER", nil, func(t api.Task) string { return t.Pinned }},
			{"STATE", inTable, func(t api.Task) string { return stateText(&t, now, false) }},
			{"STATE", inWide, func(t api.Task) string { return stateText(&t, now, true) }},
			{"ATTEMPT", nil, func(t api.Task) string { return strconv.Itoa(int(t.Attempt)) }},
			{"LASTED", nil, func(t api.Task) string { return lasted(t, now) }},
			{"PROGRESS", nil, func(t api.Task) string { return short(goingText(&t)) }},
			{"REASON", nil, func(t api.Task) string { return t.Reason }},
			{"TEXT", inTable, func(t api.Task) string { return short(t.Text) }},
			{"TEXT", inWide, func(t api.Task) string { return t.Text }},
			{"ID", nil, func(t api.Task) string { return t.ID }},
		},
	}
}

// tellNoMembers says why a list of members may be empty: those of one that has ended have
// ended, too, and some are forgotten before it.
func tellNoMembers(ctx context.Context, s source, o *tasksListOptions, words io.Writer) error {
	whole, err := s.Task(ctx, o.Array)
	if err != nil || !whole.Ended {
		return err
	}
	means, err := o.Compile()
	if err != nil {
		return err
	}
	if _, ended := means.Parts(); ended {
		fmt.Fprintf(words, "Task %s has ended: members that are forgotten are left out.\n", whole.ID)
	} else {
		fmt.Fprintf(words, "Task %s has ended, and all of its members: --all lists those that are not forgotten.\n", whole.ID)
	}
	return nil
}
