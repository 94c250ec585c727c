package main

import (
	"context"
	"math"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
)

// changeWords are the words of a command that changes many tasks.
type changeWords struct {
	verb    api.Verb
	title   string // at the beginning of a sentence
	done    string // what was done to the tasks
	all     string // which tasks --all means
	long    string
	example string

	// flags adds what only this command has; what it returns tells what is changed.
	flags func(*pflag.FlagSet) func() (*api.Edit, error)
}

var cancelWords = changeWords{
	verb: api.VerbCancel, title: "Cancel", done: "canceled", all: "every task that has not ended",
	long: `A pending task is canceled at once; one that is at a worker is canceling until
the worker has stopped it, or is lost. A task that has ended stays as it is.

With filters, of which all must hold, only tasks that have not ended are taken.`,
	example: "  bcp-ctl tasks cancel 01JD3 --reason 'wrong input'\n" +
		"  bcp-ctl tasks cancel --service hash --state pending --older-than 2h",
}

var holdWords = changeWords{
	verb: api.VerbHold, title: "Hold", done: "held", all: "every task that is pending",
	long: `A pending task is put aside: it is not dispatched until it is released, and its
queue timeout rests meanwhile. Only a pending task can be held.

With filters, of which all must hold, only pending tasks that are not held are
taken.`,
	example: "  bcp-ctl tasks hold 01JD3 --reason 'wait for the new data'\n" +
		"  bcp-ctl tasks hold --worker node7 --yes",
}

var releaseWords = changeWords{
	verb: api.VerbRelease, title: "Release", done: "released", all: "every task that is held",
	long: `A task that is held goes on: it is dispatched when its time has come and a worker
is free. A task that is not held stays as it is.

With filters, of which all must hold, only tasks that are held are taken.`,
	example: "  bcp-ctl tasks release 01JD3\n" +
		"  bcp-ctl tasks release --service hash --yes",
}

type tasksChangeOptions struct {
	words  *changeWords
	filter api.Filter
	all    bool
	reason string
	dryRun bool
	yes    bool
	edit   func() (*api.Edit, error) // what is changed; nil by noEdit
}

// AddFlags adds the command's flags.
func (o *tasksChangeOptions) AddFlags(f *pflag.FlagSet) {
	if o.edit = noEdit; o.words.flags != nil {
		o.edit = o.words.flags(f)
	}
	addFilter(f, &o.filter)
	f.BoolVar(&o.all, "all", false, o.words.all)
	f.StringVar(&o.reason, "reason", "", "`text` that is kept with the task")
	f.BoolVar(&o.dryRun, "dry-run", false, "list what would be "+o.words.done+", and change nothing")
	f.BoolVarP(&o.yes, "yes", "y", false, "do it without a question")
}

// newTasksChangeCommand makes one of the commands that change many tasks.
func newTasksChangeCommand(g *globals, words *changeWords) *cobra.Command {
	o := &tasksChangeOptions{words: words}
	cmd := &cobra.Command{
		Use:   string(words.verb) + " (TASK... | filters | --all)",
		Short: words.title + " tasks, by ID or by filter",
		Long: words.title + " tasks, by ID or by filter.\n\n" + words.long + `
They are counted, and ` + words.done + ` after a question; exactly the tasks that were
counted are ` + words.done + `.` + exitTexts.Help(exitFine, exitError, exitUsage, exitDeclined, exitNoBroker),
		Example: words.example,
		Args:    someArgs(0, math.MaxInt, "any number of tasks"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTasksChange(cmd.Context(), g, o, args, stdioOf(cmd))
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// noEdit is for commands that change nothing of what was asked for.
func noEdit() (*api.Edit, error) { return nil, nil }

func runTasksChange(ctx context.Context, g *globals, o *tasksChangeOptions, ids []string, std stdio) error {
	if err := o.check(ids); err != nil {
		return err
	}
	edit, err := o.edit()
	if err != nil {
		return err
	}
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	job := &changeJob{
		client: c, words: o.words, by: operator(), reason: o.reason, edit: edit,
		printer: newPrinter(g, std.out, changeView(o.words.verb)), stderr: std.words,
	}
	if len(ids) > 0 {
		return job.change(ctx, ids, o.dryRun)
	}
	rows, err := job.matching(ctx, o.filter)
	if err != nil {
		return err
	}
	if o.dryRun {
		return job.list(rows)
	}
	if !o.yes {
		if err := job.confirm(ctx, rows, std.in); err != nil {
			return err
		}
	}
	return job.change(ctx, idsOf(rows), false)
}

// check tells whether it is clear which tasks are meant.
func (o *tasksChangeOptions) check(ids []string) error {
	f := &o.filter
	filtered := o.all || !f.IsZero()
	switch {
	case len(ids) == 0 && !filtered:
		return usagef("which tasks? IDs are accepted, or --filter, --state, --worker, --service, --label, --held, --delayed, --since, --older-than, --newer-than, --all")
	case len(ids) > 0 && filtered:
		return usagef("IDs and filters: only one of them is accepted")
	case o.all && !f.IsZero():
		return usagef("--all and filters: only one of them is accepted")
	}
	if err := o.words.verb.CheckFilter(f); err != nil {
		return usagef("--%v", err)
	}
	return nil
}
