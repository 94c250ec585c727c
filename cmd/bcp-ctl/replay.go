package main

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/cmd/internal/values"
	"bcp/journal"
)

// brokersGrace is what a broker has whose --reattach-grace isn't said.
const brokersGrace = 30 * time.Second

type replayOptions struct {
	dryRun bool
	grace  time.Duration
	onLoss string
}

// AddFlags adds the command's flags.
func (o *replayOptions) AddFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.dryRun, "dry-run", false, "show the plan, and change nothing")
	values.Duration(f, &o.grace, "reattach-grace", brokersGrace, "with --db: that the broker would be started with")
	f.StringVar(&o.onLoss, "on-worker-lost", "requeue", "with --db: `policy` that the broker would be started with: requeue, wait or fail")
}

func newReplayCommand(g *globals) *cobra.Command {
	o := &replayOptions{}
	cmd := &cobra.Command{
		Use:   "replay [TASK...]",
		Short: "Have the broker look again at tasks that have not ended",
		Long: `Have the broker do what a restart does, for the tasks given or for all that have
not ended: pending ones are offered to workers; dispatched, running and canceling
ones are reconciled with what their workers say they run; those whose worker is
gone are resolved by their policy. It ends with a table: the task, its state
before, what the worker said, its state after, and what was done.

A worker that is away is waited for until its grace has passed.

With --dry-run --db FILE it shows what a start of the broker on that file would
do.` + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Args: someArgs(0, math.MaxInt, "any number of tasks"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{"reattach-grace", "on-worker-lost"} {
				if g.db == "" && cmd.Flags().Changed(name) {
					return usagef("--%s: only accepted with --db, for a running broker has its own", name)
				}
			}
			return runReplay(cmd.Context(), g, o, args, stdioOf(cmd))
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func runReplay(ctx context.Context, g *globals, o *replayOptions, ids []string, std stdio) error {
	if g.db != "" && !o.dryRun {
		return usagef("--db: only --dry-run is accepted with it, which shows what a start would do")
	}
	s, err := o.source(g)
	if err != nil {
		return err
	}
	defer s.Close()
	bar := replayBar(ctx, s, len(ids), std.words)
	var rows []api.ReplayRow
	err = s.Replay(ctx, api.ReplayRequest{IDs: ids, DryRun: o.dryRun}, func(r api.ReplayRow) error {
		rows = append(rows, r)
		_ = bar.Add(1) // tasks that came meanwhile may be more than it counts to
		return nil
	})
	_ = bar.Finish() // on a terminal the bar makes room for the table
	if err != nil {
		return err
	}
	p := newPrinter(g, std.out, replayView())
	for _, r := range rows {
		if err := p.add(r); err != nil {
			return err
		}
	}
	return p.finish(std.words)
}

// source is the broker, or a journal and how a broker would be started on it.
func (o *replayOptions) source(g *globals) (source, error) {
	if g.db == "" {
		return g.client()
	}
	policy, err := journal.ParseLossPolicy(o.onLoss)
	if err != nil {
		return nil, usagef("--on-worker-lost %v", err)
	}
	f, err := openFile(g.db)
	if err != nil {
		return nil, err
	}
	f.settings = broker.Config{ReattachGrace: o.grace, OnLoss: policy}
	return f, nil
}

// replayBar shows how far it is, on a terminal.
func replayBar(ctx context.Context, s source, ids int, words io.Writer) *progressbar.ProgressBar {
	return progressbar.NewOptions64(replayTotal(ctx, s, ids),
		progressbar.OptionSetWriter(words),
		progressbar.OptionSetVisibility(isTerminal(words)),
		progressbar.OptionSetDescription("Replay"),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(drawEvery),
		progressbar.OptionClearOnFinish())
}

// replayTotal tells how many rows to expect, -1 if that is unknown. That a
// broker can't be asked is for the replay itself to tell.
func replayTotal(ctx context.Context, s source, ids int) int64 {
	if ids > 0 {
		return int64(ids)
	}
	c, ok := s.(*api.Client)
	if !ok {
		return -1
	}
	status, err := c.Status(ctx)
	if err != nil {
		return -1
	}
	t := status.Tasks
	return int64(t.Pending + t.Dispatched + t.Running + t.Canceling)
}

func replayView() view[api.ReplayRow] {
	return view[api.ReplayRow]{
		plural: "tasks that have not ended",
		name:   func(r api.ReplayRow) string { return r.ID },
		columns: []column[api.ReplayRow]{
			{"TASK", nil, func(r api.ReplayRow) string { return r.ID }},
			{"BEFORE", nil, func(r api.ReplayRow) string { return r.Before }},
			{"WORKER", nil, func(r api.ReplayRow) string { return r.Worker }},
			{"SAID", nil, func(r api.ReplayRow) string { return r.Said }},
			{"AFTER", nil, func(r api.ReplayRow) string { return r.After }},
			{"ACTION", nil, func(r api.ReplayRow) string { return r.Action }},
		},
	}
}
