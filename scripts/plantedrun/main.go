package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/jedib0t/go-pretty/v6/table"
)

// errMissed tells that the simulator has a hole.
var errMissed = errors.New("not all mistakes were found")

func main() {
	root := flag.String("root", ".", "the `folder` of the source")
	only := flag.String("only", "", "plant only mistakes whose name contains this `text`")
	lives := flag.Int("lives", 1500, "within how many lives each is to be found")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, *root, *only, *lives); err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, only string, lives int) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"mistake", "planted in", "found after", "what was broken"})
	planted, missed := 0, 0
	for _, m := range mistakes {
		if !strings.Contains(m.name, only) {
			continue
		}
		f, err := plant(ctx, root, m, lives)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		planted++
		if f.lives == 0 && f.skipped == "" {
			missed++
		}
		fmt.Printf("%s: %v\n", m.name, f)
		t.AppendRow(table.Row{m.name, m.file, f.after(), f.check()})
	}
	fmt.Println(t.Render())
	fmt.Printf("%d mistakes planted, %d not found in %d lives\n", planted, missed, lives)
	if missed > 0 {
		return errMissed
	}
	return ctx.Err()
}
