package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

type tasksSubmitOptions struct {
	submission api.Submission
	after      []string // as given: IDs may be shortened
	sameWorker string   // likewise
	retryOf    taskRef  // likewise
	body       string
	wait       bool
	bulk       bulkOptions
}

// AddFlags adds the command's flags.
func (o *tasksSubmitOptions) AddFlags(f *pflag.FlagSet) {
	s := &o.submission
	f.StringVar((*string)(&s.Worker), "worker", "", "the worker of this `name` shall do it")
	f.StringVar((*string)(&s.Service), "service", "", "any worker of the service of this `name` shall do it")
	f.BoolVar(&s.All, "all", false, "a broadcast: each worker of the service, or that --where says, shall do it")
	f.StringVar(&o.body, "body", "", "`file` with the task's body, - for the standard input (default empty)")
	f.StringVar((*string)(&s.Key), "key", "", "submitting again under the same `key` gives the same task (default a random one)")
	f.StringVar((*string)(&s.Client), "client", submitterName(), "`name` of who submits: shares of the workers and limits go to it; with --file of the lines that name nobody")
	f.StringArrayVar(&o.after, "after", nil, "do not dispatch it before this `task` has ended: TASK or TASK:ok when it must end well, TASK:failed, TASK:any; or key=KEY instead of its ID; repeatable")
	f.StringVar(&o.sameWorker, "same-worker-as", "", "run it on the worker that this `task` runs or ran on, once it has one; or key=KEY instead of its ID")
	f.StringVar(&s.OnUnmet, "on-unmet", "", "`what` becomes of it when one of those ends the other way: cancel or fail (default cancel)")
	f.Var(labelsValue{&s.Labels}, "label", "`name=value` to find it by; repeatable")
	f.BoolVar(&o.wait, "wait", false, "wait until the task has ended")
	f.StringVar(&o.bulk.file, "file", "", "submit the tasks of this `file`, a JSON object in each line, - for the standard input")
	f.StringVar(&o.bulk.unsaid.prefix, "key-prefix", "", "with --file: lines without a key have `prefix`/LINE for one")
	f.BoolVar(&o.bulk.atomic, "atomic", false, "with --file: all of it or nothing, as one batch")
	f.BoolVar(&o.bulk.dryRun, "dry-run", false, "with --file: check all of it, as far as no broker has to be asked, and submit nothing")
	f.Var(&o.retryOf, "retry-of", journal.OptionNamed("retry-of").About)
	s.Options.Tries = 1
	addOptions(f, &s.Options.Spec)
}

func newTasksSubmitCommand(g *globals) *cobra.Command {
	o := &tasksSubmitOptions{}
	cmd := &cobra.Command{
		Use:   "submit (--worker NAME | [--all] --service NAME | [--all] --where SELECTOR) [flags] [-- ARGV...]",
		Short: "Submit a task, or those of a file, and print the IDs",
		Long: `Submit a task and print its ID. When the ID is printed, the task is in the
journal. With --wait the task is listed once it has ended; its ID is told at once
on the standard error, and a broker that goes away meanwhile is waited for.

A broker that does not answer is asked again for ten seconds. All requests have
the same key, so that they are for one task; if none of them is answered the key
is told, for whoever submits it again.

A task that waits for others with --after is not dispatched before each of them
has ended as it wants. When one ends the other way, the task itself ends, at once
and without an attempt.

The selector of --where and --prefer is a list of terms with commas between them,
which all have to hold: name=value or name=value|value for a label of the worker,
name!=value, name for one that is there, !name for one that is not. The name worker
stands for the worker's own name. Labels are not compared by < or >. Without --worker
and --service --where is for any worker that matches. A task that asks for resources goes
to a worker that has as much left; what a worker has, its --label and --resource say.

With --all the task is a broadcast: one task for each worker that the service has, or
that matches --where, as things stand now, and one end for all of them: done if each is
done. With --late-joiners it is also for workers that come before it has ended, and there
may be none yet. --on-away says what becomes of the one whose worker stays away.

ARGV is the task's own command, for workers that allow it.

With --file each line of a file is a task: a JSON object with the fields worker or
service, all, key, client, argv, options, after, same_worker_as, on_unmet, labels, as
the admin API has them, and body (text), body_base64 or body_file (a name, from the
file's folder). What has a flag here and no field there is in options, times in
milliseconds: "options":{"tries":3,"run_timeout_ms":60000}. A task waits for that of an
earlier line, or any other one, by after: ["key=KEY"], also with :ok, :any or :failed
behind it. Lines are submitted in order, many in one commit, and their IDs are printed
in order when they are in the journal; the rest is told on the standard error. The first
line that is not accepted ends it, with its number, and has to be corrected. As each
task has a key, the same command again submits what is missing, whatever has interrupted
it.

-o json prints {"id":, "state":, "known":}, known if it was there before; with --file a
list of these, with "line": and "key":, which are all that there is with --dry-run; with
--wait a list of the task once it has ended.` +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNotWell, exitNoBroker),
		Example: "  bcp-ctl tasks submit --service hash --body input.dat --tries 3 --retry-delay 10s --wait\n" +
			"  bcp-ctl tasks submit --service backup --not-before 2026-02-01T02:00:00Z --priority -10\n" +
			"  bcp-ctl tasks submit --service report --after 01JD3 --after 7QX2:any --label run=7\n" +
			"  bcp-ctl tasks submit --service train --where 'gpu=a100|h100,zone!=b' --resource cpu=4 --resource mem=16GiB\n" +
			"  bcp-ctl tasks submit --same-worker-as 01JD3 --prefer disk=fast --prefer-for 30s -- make report\n" +
			"  bcp-ctl tasks submit --service hash --all --on-away skip --wait -- apt-get -y upgrade\n" +
			"  bcp-ctl tasks submit --worker node7 --run-timeout 2h -- make -C /src test\n" +
			"  bcp-ctl tasks submit --file tasks.jsonl --key-prefix run-7",
		Args: argvOnly,
		// The task's own command may be given names of files.
		ValidArgsFunction: anyFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.submission.Argv = args
			if err := o.bulk.check(cmd.Flags(), args); err != nil {
				return err
			}
			if o.bulk.file != "" {
				o.bulk.unsaid.client = o.submission.Client
				return runBulk(cmd.Context(), g, &o.bulk, stdioOf(cmd))
			}
			if err := o.check(cmd.Flags()); err != nil {
				return err
			}
			return runTasksSubmit(cmd.Context(), g, o, cmd.Flags(), stdioOf(cmd))
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// argvOnly accepts arguments after -- only: one before it is a mistake.
func argvOnly(cmd *cobra.Command, args []string) error {
	if dash := cmd.ArgsLenAtDash(); len(args) > 0 && dash != 0 {
		return usagef("unexpected argument %q: the task's own command is accepted after --", args[0])
	}
	return nil
}

func runTasksSubmit(ctx context.Context, g *globals, o *tasksSubmitOptions, f *pflag.FlagSet, std stdio) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := o.resolve(ctx, c); err != nil {
		return err
	}
	if o.submission.Body, err = readBody(o.body, std.in); err != nil {
		return err
	}
	s := &submitter{client: c, patience: submitPatience, words: std.words}
	answer, err := s.submit(ctx, o.submission)
	if err != nil {
		return refusedFlags(f, err)
	}
	if answer.Known {
		fmt.Fprintf(std.words, "Submitted before under this key; the task is %s.\n", answer.State)
	}
	if !o.wait {
		return printSubmitted(g, &answer, std.out)
	}
	fmt.Fprintf(std.words, "Waiting for %s\n", answer.ID)
	return waitSubmitted(ctx, g, newWaiter(c, 0, std.words), answer.ID, std.out)
}

// resolve finds the tasks that are named in short.
func (o *tasksSubmitOptions) resolve(ctx context.Context, c *api.Client) (err error) {
	if o.submission.After, err = resolveAfter(ctx, c, o.after); err != nil {
		return err
	}
	if o.sameWorker != "" {
		id, err := resolveTask(ctx, c, "--same-worker-as", o.sameWorker)
		if err != nil {
			return err
		}
		o.submission.SameWorkerAs = api.Given(id)
	}
	return o.retryOf.resolve(ctx, c, &o.submission.Options.Spec)
}

// check tells what is wrong with the flags before anybody is asked.
func (o *tasksSubmitOptions) check(f *pflag.FlagSet) error {
	s := &o.submission
	if s.All && (s.Worker != "" || o.sameWorker != "") {
		return usagef("--all: --service, --where or both are accepted with it, and neither --worker nor --same-worker-as")
	}
	if s.All && s.Service == "" && s.Options.Where == "" {
		return usagef("--all: --service, --where or both have to say which workers")
	}
	if s.Worker != "" && s.Service != "" || s.Worker == "" && s.Service == "" && s.Options.Where == "" && o.sameWorker == "" {
		return usagef("exactly one of --worker and --service is accepted, or --where or --same-worker-as instead")
	}
	if s.OnUnmet != "" && len(o.after) == 0 && o.sameWorker == "" {
		return usagef("--on-unmet: only accepted with --after or --same-worker-as")
	}
	asked := *s
	if o.sameWorker != "" {
		asked.SameWorkerAs = api.Given((journal.ID{}).String()) // whatever task it is
	}
	if _, err := asked.Spec(); err != nil {
		return inFlags(f, err)
	}
	return nil
}

// readBody reads a task's body from the file of that name, "" for none.
func readBody(name string, in input) (body []byte, err error) {
	switch name {
	case "":
		return nil, nil
	case "-":
		name = "the standard input"
		body, err = in.readSome(wire.MaxBody + 1)
	default:
		body, err = in.readFile(name, wire.MaxBody+1)
	}
	if err != nil {
		return nil, fmt.Errorf("--body: %w", err)
	}
	if len(body) > wire.MaxBody {
		return nil, fmt.Errorf("--body: %s: at most %d bytes are accepted", name, wire.MaxBody)
	}
	return body, nil
}

func printSubmitted(g *globals, s *api.Submitted, out io.Writer) error {
	v := view[api.Submitted]{name: func(s api.Submitted) string { return s.ID }}
	if err := printItem(g.namesForTables(), out, v, *s, nil); err != nil {
		return fmt.Errorf("task %s is submitted, and that could not be printed: %w", s.ID, err)
	}
	return nil
}

func waitSubmitted(ctx context.Context, g *globals, w *waiter, id string, out io.Writer) error {
	t, err := w.wait(ctx, id)
	if err != nil {
		return err
	}
	p := newPrinter(g, out, taskView(time.Now))
	return errors.Join(p.add(t), p.close(), endedWell(&t))
}
