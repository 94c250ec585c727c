package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/journal"
)

func newTasksCommand(g *globals) *cobra.Command {
	return newGroup("tasks", "List, submit, cancel, hold and look at tasks",
		newTasksListCommand(g), newTasksShowCommand(g), newTasksSubmitCommand(g), newTasksBodyCommand(g), newTasksResultCommand(g),
		newTasksChangeCommand(g, &cancelWords), newTasksChangeCommand(g, &holdWords), newTasksChangeCommand(g, &releaseWords),
		newTasksChangeCommand(g, &editWords), newTasksChangeCommand(g, &moveWords), newTasksChangeCommand(g, &retryWords), newTasksChangeCommand(g, &dropWords),
		newTasksWaitCommand(g), newTasksHistoryCommand(g), newTasksExplainCommand(g))
}

// taskView shows tasks in lists. How old one is counts when it is shown: some are waited for.
func taskView(now func() time.Time) view[api.Task] {
	return view[api.Task]{
		plural: "tasks",
		name:   func(t api.Task) string { return t.ID },
		columns: []column[api.Task]{
			{"ID", nil, func(t api.Task) string { return t.ID }},
			{"INDEX", inWide, func(t api.Task) string { return indexText(&t) }},
			{"STATE", inTable, func(t api.Task) string { return stateText(&t, now(), false) }},
			{"STATE", inWide, func(t api.Task) string { return stateText(&t, now(), true) }},
			{"TARGET", nil, func(t api.Task) string { return targetText(t.Target) }},
			{"WORKER", nil, workerText},
			{"ATTEMPT", nil, func(t api.Task) string { return strconv.Itoa(int(t.Attempt)) }},
			{"AGE", inTable, func(t api.Task) string { return age(t.SubmittedAt, now()) }},
			{"LASTED", inTable, func(t api.Task) string { return lasted(t, now()) }},
			{"PROGRESS", inTable, func(t api.Task) string { return short(goingText(&t)) }},
			{"PROGRESS", inWide, func(t api.Task) string { return goingText(&t) }},
			{"SUBMITTED", inWide, func(t api.Task) string { return t.SubmittedAt.String() }},
			{"STARTED", inWide, func(t api.Task) string { return t.StartedAt.String() }},
			{"ENDED", inWide, func(t api.Task) string { return t.EndedAt.String() }},
			{"PRIORITY", inWide, func(t api.Task) string { return strconv.Itoa(int(t.Options.Priority)) }},
			{"WAITS FOR", inWide, func(t api.Task) string { return strings.Join(t.WaitsFor, ", ") }},
			{"LABELS", inWide, func(t api.Task) string { return labelsText(t.Labels, ", ") }},
			{"KEY", inWide, func(t api.Task) string { return t.Key }},
			{"CLIENT", inWide, func(t api.Task) string { return t.Client }},
			{"REASON", nil, func(t api.Task) string { return t.Reason }},
			{"TEXT", inTable, func(t api.Task) string { return short(t.Text) }},
			{"TEXT", inWide, func(t api.Task) string { return t.Text }},
		},
	}
}

// listedMembers is taskView for members of one group: their indexes tell them apart.
func listedMembers() view[api.Task] {
	v := taskView(time.Now)
	i := slices.IndexFunc(v.columns, func(c column[api.Task]) bool { return c.title == "INDEX" })
	v.columns[i].formats = nil
	return v
}

// workerText names the worker of a task's current or last attempt, or the one that it is
// for as the member of a broadcast.
func workerText(t api.Task) string {
	if t.Broadcast != "" {
		return t.Pinned
	}
	return t.Worker
}

// stateText tells a task's state and, if it is pending, why it may not be
// dispatched yet.
func stateText(t *api.Task, now time.Time, exact bool) string {
	ahead := t.NotBeforeAt.Time().Sub(now)
	switch {
	case t.State != journal.Pending.String():
		return t.State
	case len(t.WaitsFor) > 0 && !t.Held:
		return fmt.Sprintf("%s (after %s)", t.State, count(len(t.WaitsFor), "task"))
	case len(t.Limits) > 0 && !unfit(t.Hindrance):
		return fmt.Sprintf("%s (%s)", t.State, limitingText(&t.Limits[0]))
	case t.Held || t.NotBeforeAt.IsZero() || ahead <= 0:
		return hinderedText(t)
	case exact:
		return fmt.Sprintf("%s (until %s)", t.State, t.NotBeforeAt)
	}
	return fmt.Sprintf("%s (for %s)", t.State, span(ahead))
}

// unfit tells whether there are workers, and none is what a task asks for: so it stays
// when no limit keeps it any more.
func unfit(hindrance string) bool {
	why := broker.WhyNamed(hindrance)
	return why.Lasts() && why != broker.OtherTarget
}

// hinderedText tells a task's state and, if it is held or no worker can take it,
// that, or that its tries are used up.
func hinderedText(t *api.Task) string {
	if t.Exhausted {
		return t.State + " (exhausted)"
	}
	if t.Hindrance != "" && !t.Held {
		return fmt.Sprintf("%s (%s)", t.State, hindranceText(t.Hindrance))
	}
	return heldText(t.State, t.Held)
}

// hindranceText tells in short what keeps all workers from a task.
func hindranceText(why string) string {
	switch why {
	case broker.OtherTarget.String():
		return "no worker"
	case broker.OtherWorker.String():
		return "its worker is not there"
	case broker.Declined.String():
		return "declined"
	case broker.NoMatch.String():
		return "no match"
	case broker.NotPreferred.String():
		return "none it prefers"
	case broker.TooSmall.String():
		return "no worker has so much"
	case broker.Away.String():
		return "workers away"
	}
	return "workers draining"
}

// limitingText tells which limit keeps a task: "limit key/db 3/3".
func limitingText(l *api.Limiting) string {
	if l.Running > 0 {
		return fmt.Sprintf("limit %s %d/%d", l.Limit, l.Out, l.Running)
	}
	return fmt.Sprintf("rate %s %v/s", l.Limit, l.Rate)
}

// lasted tells how long the current or last attempt has run.
func lasted(t api.Task, now time.Time) string {
	switch {
	case t.StartedAt.IsZero():
		return ""
	case t.Ended:
		return span(t.EndedAt.Time().Sub(t.StartedAt.Time()))
	case t.State == journal.Pending.String():
		return ""
	}
	return age(t.StartedAt, now)
}
