package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"bcp/broker/admin/api"
)

func newQueueCommand(g *globals) *cobra.Command {
	return newGroup("queue", "See what waits for services and workers", newQueueStatsCommand(g))
}

func newQueueStatsCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Tell what waits and runs for each service and worker, and how fast",
		Long: `Tell for each service and each worker how many live workers serve it, how many
tasks wait that were submitted to it, since when the oldest of these, how many
attempts are out, how many tasks came and ended a second in the last 1, 5 and 15
minutes, and how long it takes until nothing waits if it goes on as in the last five
minutes. A task of a service that runs is counted at the service and at its worker.` +
			exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker),
		Example: "  bcp-ctl queue stats\n  bcp-ctl queue stats -o json",
		Args:    someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runQueueStats(cmd.Context(), g, stdioOf(cmd))
		},
	}
}

func runQueueStats(ctx context.Context, g *globals, std stdio) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	defer c.Close()
	p := newPrinter(g, std.out, queueView())
	if err := c.Queues(ctx, p.add); err != nil {
		return p.cutOff(err)
	}
	return p.finish(std.words)
}

func queueView() view[api.Queue] {
	now := time.Now()
	return view[api.Queue]{
		plural: "queues",
		name:   queueName,
		columns: []column[api.Queue]{
			{"QUEUE", nil, queueName},
			{"WORKERS", nil, func(q api.Queue) string { return strconv.Itoa(q.Workers) }},
			{"WAITING", nil, func(q api.Queue) string { return strconv.Itoa(q.Waiting) }},
			{"RUNNING", nil, func(q api.Queue) string { return strconv.Itoa(q.Running) }},
			{"OLDEST", inTable, func(q api.Queue) string { return age(q.OldestAt, now) }},
			{"OLDEST", inWide, func(q api.Queue) string { return q.OldestAt.String() }},
			{"SUBMITTED/S", nil, func(q api.Queue) string { return ratesText(q.Submitted) }},
			{"ENDED/S", nil, func(q api.Queue) string { return ratesText(q.Ended) }},
			{"EMPTY IN", nil, emptyText},
		},
	}
}

// queueName names a queue as lists of tasks name their targets.
func queueName(q api.Queue) string { return targetText(api.Target{Kind: q.Kind, Name: q.Name}) }

// ratesText writes the rates of the last 1, 5 and 15 minutes.
func ratesText(r *api.Rates) string {
	if r == nil {
		return "?"
	}
	return fmt.Sprintf("%s %s %s", rateText(r.M1), rateText(r.M5), rateText(r.M15))
}

func rateText(perSecond float64) string {
	if perSecond >= 10 {
		return strconv.FormatFloat(perSecond, 'f', 0, 64)
	}
	return strconv.FormatFloat(perSecond, 'f', 2, 64)
}

// emptyText tells how long it takes until nothing waits.
func emptyText(q api.Queue) string {
	switch {
	case q.Waiting == 0:
		return ""
	case q.EmptyInMS == nil:
		return "never, as it goes"
	}
	return span(time.Duration(*q.EmptyInMS) * time.Millisecond)
}
