package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os/user"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
)

// cancelBatch is how many tasks one request cancels.
const cancelBatch = 1000

type tasksCancelOptions struct {
	filter  api.Filter
	olderMS int64
	all     bool
	reason  string
	dryRun  bool
	yes     bool
}

// AddFlags adds the command's flags.
func (o *tasksCancelOptions) AddFlags(f *pflag.FlagSet) {
	addFilter(f, &o.filter)
	milliseconds(f, &o.olderMS, "older-than", "only tasks submitted longer ago than this")
	f.BoolVar(&o.all, "all", false, "every task that has not ended")
	f.StringVar(&o.reason, "reason", "", "`text` that is kept with the task and told to its client")
	f.BoolVar(&o.dryRun, "dry-run", false, "list what would be canceled, and change nothing")
	f.BoolVarP(&o.yes, "yes", "y", false, "do it without a question")
}

func newTasksCancelCommand(g *globals) *cobra.Command {
	o := &tasksCancelOptions{}
	cmd := &cobra.Command{
		Use:   "cancel (TASK... | filters)",
		Short: "Cancel tasks, by ID or by filter",
		Long: `Cancel tasks, by ID or by filter. A pending task is canceled at once; one that
is at a worker is canceling until the worker has stopped it, or is lost. A task
that has ended stays as it is.

With filters, of which all must hold, only tasks that have not ended are taken.
They are counted, and canceled after a question; exactly the tasks that were
counted are canceled.` + exitTexts.Help(exitFine, exitError, exitUsage, exitDeclined, exitNoBroker),
		Example: "  bcp-ctl tasks cancel 01JD3 --reason 'wrong input'\n" +
			"  bcp-ctl tasks cancel --service hash --state pending --older-than 2h",
		Args: someArgs(0, math.MaxInt, "any number of tasks"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTasksCancel(cmd.Context(), g, o, args, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func runTasksCancel(ctx context.Context, g *globals, o *tasksCancelOptions, ids []string, in io.Reader, out, words io.Writer) error {
	if err := o.check(ids); err != nil {
		return err
	}
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	job := &cancelJob{client: c, by: operator(), reason: o.reason, printer: newPrinter(g, out, cancelView())}
	if len(ids) > 0 {
		return job.cancel(ctx, ids, o.dryRun, words)
	}
	rows, err := job.matching(ctx, o.filter)
	if err != nil {
		return err
	}
	if o.dryRun {
		return job.list(rows, words)
	}
	if err := o.confirm(rows, in, words); err != nil {
		return err
	}
	return job.cancel(ctx, idsOf(rows), false, words)
}

// check tells whether it is clear which tasks are meant.
func (o *tasksCancelOptions) check(ids []string) error {
	f := &o.filter
	if o.olderMS > 0 {
		f.Before = api.TimeOf(time.Now().Add(-time.Duration(o.olderMS) * time.Millisecond))
	}
	filtered := o.all || len(f.States) > 0 || f.Worker != "" || f.Service != "" || !f.Since.IsZero() || !f.Before.IsZero()
	switch {
	case len(ids) == 0 && !filtered:
		return usagef("which tasks? IDs are accepted, or --state, --worker, --service, --since, --older-than, --all")
	case len(ids) > 0 && filtered:
		return usagef("IDs and filters: only one of them is accepted")
	}
	if _, ended := f.Parts(); ended {
		return usagef("--state: pending, dispatched, running and canceling are accepted, for the others have ended")
	}
	return nil
}

// cancelJob cancels tasks and shows what became of them.
type cancelJob struct {
	client  *api.Client
	by      string
	reason  string
	printer *printer[api.CancelRow]
}

// matching returns what a filter matches now.
func (j *cancelJob) matching(ctx context.Context, f api.Filter) (rows []api.CancelRow, err error) {
	what := api.Cancellation{Filter: &f, By: j.by, DryRun: true}
	err = j.client.Cancel(ctx, what, func(r api.CancelRow) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// list shows what would be canceled.
func (j *cancelJob) list(rows []api.CancelRow, words io.Writer) error {
	for _, r := range rows {
		if err := j.printer.add(r); err != nil {
			return err
		}
	}
	fmt.Fprintf(words, "%s would be canceled.\n", countText(rows))
	return j.printer.close()
}

// cancel cancels tasks by their IDs. Some may fail while others are canceled.
func (j *cancelJob) cancel(ctx context.Context, ids []string, dryRun bool, words io.Writer) error {
	failed := 0
	for batch := range slices.Chunk(ids, cancelBatch) {
		what := api.Cancellation{IDs: batch, By: j.by, Reason: j.reason, DryRun: dryRun}
		err := j.client.Cancel(ctx, what, func(r api.CancelRow) error {
			if r.Error != nil {
				failed++
			}
			return j.printer.add(r)
		})
		if err != nil {
			return err
		}
	}
	if err := j.printer.finish(words); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d tasks were not canceled", failed, len(ids))
	}
	return nil
}

func idsOf(rows []api.CancelRow) []string {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// operator names who cancels, as the system knows them.
func operator() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "bcp-ctl"
}

func cancelView() view[api.CancelRow] {
	return view[api.CancelRow]{
		plural: "tasks",
		name:   func(r api.CancelRow) string { return r.ID },
		columns: []column[api.CancelRow]{
			{"ID", nil, func(r api.CancelRow) string { return r.ID }},
			{"BEFORE", nil, func(r api.CancelRow) string { return r.Before }},
			{"AFTER", nil, func(r api.CancelRow) string { return r.After }},
			{"ERROR", nil, func(r api.CancelRow) string {
				if r.Error == nil {
					return ""
				}
				return r.Error.Message
			}},
		},
	}
}
