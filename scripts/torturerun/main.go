package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"bcp/scripts/internal/script"
)

// errFindings tells that a promise was broken.
var errFindings = errors.New("there are findings: the folders named above have the journals and the logs")

func main() { script.Main("torture", read) }

// settings say how trials are run.
type settings struct {
	bin    string        // the folder of the programs
	limit  time.Duration // when no further round of a trial begins
	seed   uint64        // of the first round; each one more has the next
	beside int           // rounds at a time
	long   bool          // rounds do more, and some trials go through all that there is
}

func read(args []string) (func(context.Context) error, error) {
	if len(args) > 0 && args[0] == workerCommand {
		return func(ctx context.Context) error { return runWorker(ctx, args[1:]) }, nil
	}
	var s settings
	flags := flag.NewFlagSet("torture", flag.ContinueOnError)
	flags.StringVar(&s.bin, "bin", "bin", "the `folder` of the programs")
	flags.DurationVar(&s.limit, "for", time.Minute, "how long each trial takes")
	flags.Uint64Var(&s.seed, "seed", uint64(time.Now().Unix()), "of the first round; each one more has the next")
	flags.IntVar(&s.beside, "beside", 1, "so many `rounds` of a trial side by side")
	flags.BoolVar(&s.long, "long", false, "the rounds of a long run: they do far more each; steps and errors end when they are through all, and rot flips every byte")
	only := flags.String("only", "", "the `trials` to run, with commas between (default all)")
	if err := script.Parse(flags, args); err != nil {
		return nil, err
	}
	chosen, err := choose(*only)
	if err != nil {
		return nil, script.Usage(err)
	}
	return func(ctx context.Context) error { return runTrials(ctx, chosen, s) }, nil
}

func runTrials(ctx context.Context, chosen []trial, s settings) error {
	fmt.Printf("seed %d, %v for each trial\n", s.seed, s.limit)
	var rows []row
	for _, t := range chosen {
		if ctx.Err() != nil {
			break
		}
		fmt.Printf("%s: %s\n", t.name, t.about)
		r, err := runTrial(ctx, t, s, func(s string) { fmt.Print(s) })
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		rows = append(rows, r)
	}
	fmt.Println(render(rows))
	if slices.ContainsFunc(rows, func(r row) bool { return len(r.findings) > 0 }) {
		return errFindings
	}
	return ctx.Err()
}

// choose returns the trials of these names.
func choose(only string) ([]trial, error) {
	all := trials()
	if only == "" {
		return all, nil
	}
	var chosen []trial
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(t trial) bool { return t.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-only %q: %s are accepted, with commas between", name, strings.Join(names(all), ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func names(trials []trial) []string {
	list := make([]string, len(trials))
	for i, t := range trials {
		list[i] = t.name
	}
	return list
}

// findings tells what a round found, and where to look.
func findings(name string, seed uint64, r *rig) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, seed %d, %s:\n", name, seed, r.dir)
	for _, f := range r.tally.findings {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	return b.String()
}

// render shows what the trials did.
func render(rows []row) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"trial", "rounds", "faults", "restarts", "away", "tasks", "memory", "findings", "time"})
	for _, r := range rows {
		if r.skipped != "" {
			t.AppendRow(table.Row{r.name, "-", "-", "-", "-", "-", "-", "skipped: " + r.skipped, ""})
			continue
		}
		t.AppendRow(table.Row{r.name, r.rounds, r.faults, r.restarts, cell(r.tally.away != 0, r.tally.away.Round(time.Millisecond)), r.tally.tasks, cell(r.tally.memory != 0, fmt.Sprintf("%d MiB", r.tally.memory>>20)), len(r.findings), r.took.Round(time.Second)})
	}
	return t.Render()
}

// cell shows what was seen, and a dash if nothing was.
func cell(seen bool, value any) any {
	if !seen {
		return "-"
	}
	return value
}
