package main

import (
	"slices"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/journal"
)

var editWords = changeWords{
	verb: api.VerbEdit, title: "Change", done: "changed", all: "every task that has not ended",
	long: `What was asked for with a task is changed: the options that are named, and nothing
else. Changed timeouts count at once, also for an attempt that runs. Where a task
runs and when it may be dispatched can be changed only while it is pending. Of
--delay, which counts from now on, and --not-before the later counts, also if only
one of them is changed. --where is the whole selector from then on, for workers among
those that the task is for: tasks move gives it to others. So is what may be repeated:
--resource cpu=2 leaves no other resource. --clear NAME changes an option to what it is
when it is left out of a submit; --clear delay,not-before lets a task go at once.

With filters, of which all must hold, only tasks that have not ended are taken.`,
	example: "  bcp-ctl tasks edit 01JD3 --priority 10 --reason 'needed today'\n" +
		"  bcp-ctl tasks edit --filter 'service=hash age>2h' --run-timeout 4h --clear retry-delay --yes",
	flags: editFlags,
}

var moveWords = changeWords{
	verb: api.VerbMove, title: "Move", done: "moved", all: "every task that is pending",
	long: `A pending task is given to another worker or service. It keeps its place in the
order of its submit.

With filters, of which all must hold, only pending tasks are taken.`,
	example: "  bcp-ctl tasks move 01JD3 --to-worker node7\n" +
		"  bcp-ctl tasks move --worker node7 --to-service hash --reason 'node7 is broken' --yes",
	flags: moveFlags,
}

var retryWords = changeWords{
	verb: api.VerbRetry, title: "Retry", done: "retried", all: "every task that was put aside when its tries were used up, or waits for its next try",
	long: `A task that was put aside when its tries were used up goes on, with all of them
again; one that waits for its next try goes at once. Of one that has ended another
task is made, with the same body and options; it is told which, by -o name as well,
and the other one tells of which it is the retry. The broker keeps bodies of ended
tasks as it is set up to (--keep-bodies).

With filters, of which all must hold, only such tasks are taken. Those that wait for
their next try are among them, and are left out by --held; ended ones have to be asked
for with --state.`,
	example: "  bcp-ctl tasks retry 01JD3\n" +
		"  bcp-ctl tasks retry --held --service hash\n" +
		"  bcp-ctl tasks retry --state failed --label run=7 --reason 'the disk is back'",
}

var dropWords = changeWords{
	verb: api.VerbDrop, title: "Drop", done: "dropped", all: "every task that is pending",
	long: `A pending task is given up: one that was put aside when its tries were used up ends
as failed, another one as canceled, with the reason dropped. A task that has ended
stays as it is; one that a worker has is not dropped: cancel it.

With filters, of which all must hold, only pending tasks are taken.`,
	example: "  bcp-ctl tasks drop 01JD3 --reason 'not needed'\n" +
		"  bcp-ctl tasks drop --filter 'exhausted age>7d' --yes",
}

// editFlags are those of tasks edit.
func editFlags(f *pflag.FlagSet) func() (*api.Edit, error) {
	e := &api.Edit{}
	f.Var(labelsValue{&e.Labels}, "set-label", "`name=value` of its labels from now on; repeatable: all of them")
	f.StringSliceVar(&e.Clear, "clear", nil, "`name` of an option that is changed to what it is when it is left out; repeatable")
	for _, name := range journal.Editable() {
		if o := journal.OptionNamed(name); name != "label" { // which is a filter
			addOption(f, &e.Options.Spec, o, o.About)
		}
	}
	return func() (*api.Edit, error) {
		if changesNothing(f) {
			return nil, usagef("what is to be changed? Options such as --priority are accepted, --set-label and --clear; tasks move gives it to another worker or service")
		}
		giveFlags(f, e)
		if _, err := e.Message(); err != nil {
			return nil, inFlags(f, err)
		}
		return e, nil
	}
}

// changesNothing tells whether no flag says what is to be changed.
func changesNothing(f *pflag.FlagSet) bool {
	return !slices.ContainsFunc(append(journal.Editable(), "set-label", "clear"), func(name string) bool {
		return name != "label" && f.Changed(name) // which is a filter
	})
}

// giveFlags marks the options that flags have given as given, also those with the value that
// they have when they are left out.
func giveFlags(f *pflag.FlagSet, e *api.Edit) {
	for _, name := range journal.Editable() {
		switch o := journal.OptionNamed(name); {
		case name == "label" || !f.Changed(name):
		case name == "on-unmet":
			e.OnUnmet = o.Format(&e.Options.Spec)
		default:
			e.Options.Give(o)
		}
	}
}

// moveFlags are those of tasks move.
func moveFlags(f *pflag.FlagSet) func() (*api.Edit, error) {
	e := &api.Edit{}
	f.StringVar((*string)(&e.Worker), "to-worker", "", "the worker of this `name` shall do it")
	f.StringVar((*string)(&e.Service), "to-service", "", "any worker of the service of this `name` shall do it")
	return func() (*api.Edit, error) {
		if (e.Worker == "") == (e.Service == "") {
			return nil, usagef("exactly one of --to-worker and --to-service is accepted")
		}
		if _, err := e.Message(); err != nil {
			return nil, usagef("--to-%v", err) // who is no worker, or no service
		}
		return e, nil
	}
}
