package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
	"bcp/cmd/internal/values"
)

type tasksListOptions struct {
	api.List
	count bool
}

// AddFlags adds the command's flags.
func (o *tasksListOptions) AddFlags(f *pflag.FlagSet) {
	addFilter(f, &o.Filter)
	f.BoolVar(&o.All, "all", false, "list tasks that have ended, too")
	f.Var(oneValue{given: (*api.Given)(&o.Array)}, "array", "list members of this `task`, an array or a broadcast, also those that have not started")
	values.Whole(f, &o.Limit, "limit", 0, 0, math.MaxInt, "list at most `n` tasks (default all)")
	f.StringVar(&o.Sort, "sort", "submitted", "`order` of the list: "+strings.Join(api.Sorts, ", ")+"; a leading minus turns it around")
	f.BoolVar(&o.count, "count", false, "only count them, by state")
	f.StringVar(&o.Cursor, "cursor", "", "go on after a list that --limit cut, at the `cursor` that it told")
}

func newTasksListCommand(g *globals) *cobra.Command {
	o := &tasksListOptions{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List tasks: those that have not ended, unless told otherwise",
		Long: `List tasks. Without --state or --all these are the ones that have not ended.

All filters that are given must hold; the others are short for terms of --filter.
` + filterHelp() + exitTexts.Help(exitFine, exitError, exitUsage, exitNoBroker, exitDamaged),
		Example: "  bcp-ctl tasks list --state running --worker node7\n" +
			"  bcp-ctl tasks list --state failed --since 24h --sort -ended --limit 20\n" +
			"  bcp-ctl tasks list --label run=7 --label user\n" +
			"  bcp-ctl tasks list --filter 'key=job-* priority>0 age>2h !held'\n" +
			"  bcp-ctl tasks list --filter 'reason=worker-lost,run-timeout' --state failed --count\n" +
			"  bcp-ctl tasks list --array 01JD3 --state pending --limit 20\n" +
			"  bcp-ctl tasks list --all -o jsonl",
		Args: someArgs(0, 0, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range []string{"limit", "sort", "cursor"} {
				if o.count && cmd.Flags().Changed(name) {
					return usagef("--%s: not accepted with --count", name)
				}
			}
			return refusedFlags(cmd.Flags(), runTasksList(cmd.Context(), g, o, stdioOf(cmd)))
		},
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func runTasksList(ctx context.Context, g *globals, o *tasksListOptions, std stdio) error {
	if _, _, err := o.Order(); err != nil {
		return usagef("--%v", err)
	}
	if _, err := o.Compile(); err != nil {
		return usagef("--%v", err)
	}
	s, err := g.source()
	if err != nil {
		return err
	}
	defer s.Close()
	show := listTasks
	if o.count {
		show = countTasks
	}
	shown, err := show(ctx, g, s, o.List, std)
	if err != nil || shown > 0 || o.Array == "" {
		return err
	}
	return tellNoMembers(ctx, s, o, std.words)
}

// listTasks prints a list of tasks, and returns how many these are.
func listTasks(ctx context.Context, g *globals, s source, l api.List, std stdio) (all int, err error) {
	v := taskView(time.Now)
	if l.Array != "" {
		v = listedMembers()
	}
	p := newPrinter(g, std.out, v)
	end, err := s.Tasks(ctx, l, p.add)
	if err != nil {
		return 0, p.cutOff(err)
	}
	if err := p.finish(std.words); err != nil {
		return 0, err
	}
	switch {
	case end.Cursor != "":
		fmt.Fprintf(std.words, "More tasks match: go on with --cursor %s\n", end.Cursor)
	case end.More:
		fmt.Fprintln(std.words, "More tasks match: raise --limit or narrow the filter.")
	}
	return p.items, nil
}
