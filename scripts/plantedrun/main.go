package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"bcp/scripts/internal/script"
)

// errMissed tells that the simulator has a hole.
var errMissed = errors.New("not all mistakes were found")

func main() { script.Main("planted", read) }

func read(args []string) (func(context.Context) error, error) {
	flags := flag.NewFlagSet("planted", flag.ContinueOnError)
	root := flags.String("root", ".", "the `folder` of the source")
	only := flags.String("only", "", "plant only mistakes whose name contains this `text`")
	lives := flags.Int("lives", 2000, "within how many lives each is to be found")
	if err := script.Parse(flags, args); err != nil {
		return nil, err
	}
	chosen := slices.DeleteFunc(slices.Clone(mistakes), func(m mistake) bool { return !strings.Contains(m.name, *only) })
	if len(chosen) == 0 {
		return nil, script.Usage(fmt.Errorf("-only %q: no mistake has that in its name", *only))
	}
	return func(ctx context.Context) error { return run(ctx, *root, chosen, *lives) }, nil
}

func run(ctx context.Context, root string, chosen []mistake, lives int) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"mistake", "planted in", "found after", "what was broken"})
	missed := 0
	for _, m := range chosen {
		f, err := plant(ctx, root, m, lives)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if f.lives == 0 && f.skipped == "" {
			missed++
		}
		fmt.Printf("%s: %v\n", m.name, f)
		t.AppendRow(table.Row{m.name, m.file, f.after(), f.check()})
	}
	fmt.Println(t.Render())
	fmt.Printf("%d mistakes planted, %d not found in %d lives\n", len(chosen), missed, lives)
	if missed > 0 {
		return errMissed
	}
	return ctx.Err()
}
