package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// changeBatch is how many tasks one request changes.
const changeBatch = 1000

// changeJob changes tasks and shows what became of them.
type changeJob struct {
	client  *api.Client
	words   *changeWords
	by      string
	reason  string
	edit    *api.Edit // what is changed, nil for commands that don't
	printer *printer[api.ChangeRow]
	stderr  io.Writer
}

// matching returns what a filter takes now, or everything if it is empty.
func (j *changeJob) matching(ctx context.Context, f api.Filter) (rows []api.ChangeRow, err error) {
	what := api.Change{By: j.by, DryRun: true, Edit: j.edit}
	if what.All = f.IsZero(); !what.All {
		what.Filter = &f
	}
	err = j.client.Change(ctx, j.words.verb, what, func(r api.ChangeRow) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// list shows what would be done. Some may be refused.
func (j *changeJob) list(rows []api.ChangeRow) error {
	fine := accepted(rows)
	for _, r := range rows {
		if err := j.printer.add(r); err != nil {
			return err
		}
	}
	if err := j.printer.close(); err != nil {
		return err
	}
	fmt.Fprintf(j.stderr, "%s would be %s.\n", countText(fine), j.words.done)
	return j.refused(len(rows)-len(fine), len(rows), true)
}

// change changes tasks by their IDs. Some may fail while others are changed.
func (j *changeJob) change(ctx context.Context, ids []string, dryRun bool) error {
	failed, told := 0, 0
	for batch := range slices.Chunk(ids, changeBatch) {
		what := api.Change{IDs: batch, By: j.by, Reason: j.reason, DryRun: dryRun, Edit: j.edit}
		err := j.client.Change(ctx, j.words.verb, what, func(r api.ChangeRow) error {
			if told++; r.Error != nil {
				failed++
			}
			return j.printer.add(r)
		})
		if err != nil {
			err = j.printer.cutOff(err)
			if !dryRun {
				j.tellRest(told, len(ids))
			}
			return err
		}
	}
	if err := j.printer.finish(j.stderr); err != nil {
		return err
	}
	return j.refused(failed, len(ids), dryRun)
}

// tellRest tells how much an error has left, and how that is done. A retry makes yet another
// task of one that has ended.
func (j *changeJob) tellRest(told, all int) {
	if told == 0 {
		return
	}
	again := ": the same command again does the rest"
	if j.words.verb == api.VerbRetry {
		again = ""
	}
	fmt.Fprintf(j.stderr, "What became of %d of %s is told%s.\n", told, count(all, "task"), again)
}

// refused tells that some of the tasks are not changed, or would not be.
func (j *changeJob) refused(some, all int, dryRun bool) error {
	verb := "were not"
	switch {
	case some == 0:
		return nil
	case dryRun:
		verb = "would not be"
	case some == 1:
		verb = "was not"
	}
	return fmt.Errorf("%d of %s %s %s", some, count(all, "task"), verb, j.words.done)
}

// accepted are the tasks that are not refused.
func accepted(rows []api.ChangeRow) []api.ChangeRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r api.ChangeRow) bool { return r.Error != nil })
}

func idsOf(rows []api.ChangeRow) []string {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// operator names who asks, as the system knows them.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "bcp-ctl"
}

// submitterName names who submits by default: the operator, if that can be a client's name.
func submitterName() string {
	if name := operator(); wire.CheckLimitName(journal.LimitClient, name) == nil {
		return name
	}
	return "bcp-ctl"
}

func changeView(verb api.Verb) view[api.ChangeRow] {
	return view[api.ChangeRow]{
		plural: "tasks",
		name:   func(r api.ChangeRow) string { return cmp.Or(r.RetriedAs, r.ID) }, // what goes on
		columns: []column[api.ChangeRow]{
			{"ID", nil, func(r api.ChangeRow) string { return r.ID }},
			{"BEFORE", nil, func(r api.ChangeRow) string { return heldText(r.Before, r.WasHeld) }},
			{"AFTER", nil, func(r api.ChangeRow) string { return heldText(r.After, r.Held) }},
			{"NOTE", nil, func(r api.ChangeRow) string { return noteText(verb, &r) }},
		},
	}
}

// noteText tells why a task is not changed, or not as it was asked for.
func noteText(verb api.Verb, r *api.ChangeRow) string {
	same := r.Before == r.After && r.WasHeld == r.Held
	switch {
	case r.Error != nil:
		return r.Error.Message
	case len(r.Changes) > 0:
		return strings.Join(r.Changes, ", ")
	case r.RetriedAs != "":
		return "as " + r.RetriedAs
	case verb == api.VerbRetry && hasEnded(r.Before) && !hasEnded(r.After):
		return "as another task"
	case verb == api.VerbEdit || verb == api.VerbMove:
		return "it is so already"
	case hasEnded(r.Before) || verb == api.VerbCancel && hasEnded(r.After) && r.After != journal.Canceled.String():
		return "it has ended"
	case !same:
		return ""
	case verb == api.VerbRetry:
		return "its wait is over"
	case verb == api.VerbHold:
		return "it was held already"
	case verb == api.VerbRelease:
		return "it was not held"
	}
	return "it was being canceled already"
}

func hasEnded(state string) bool {
	s, err := journal.ParseState(state)
	return err == nil && s.Ended()
}

// heldText writes a state, and whether the task is put aside.
func heldText(state string, held bool) string {
	if held {
		return state + " (held)"
	}
	return state
}
