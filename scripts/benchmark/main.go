package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"bcp/scripts/benchmark/internal/gopeers"
	"bcp/scripts/benchmark/internal/lean"
	"bcp/scripts/benchmark/internal/load"
)

// opener makes the peers of one kind.
type opener func(context.Context, load.Shape) (load.Peers, error)

// openers are the kinds of peers, by name.
var openers = map[string]opener{"lean": lean.Open, "go": gopeers.Open}

func main() {
	// An interrupted run leaves no broker and no journal behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if err == nil {
		err = run(ctx, o)
	}
	if err != nil && err != flag.ErrHelp {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures all cells. The rounds go over the whole table, so that a slow
// phase of the machine does not fall on one cell alone.
func run(ctx context.Context, o options) error {
	conditions, err := lookAround(o)
	if err != nil {
		return err
	}
	rows, cores := newRows(o), newCoreCells()
	for round := range o.rounds {
		for i := range rows {
			r := &rows[i]
			progress("round %d of %d: %s peers, %d workers", round+1, o.rounds, r.kind, r.workers)
			m, err := measure(ctx, o, r.kind, r.workers)
			if err != nil {
				return fmt.Errorf("%s peers, %d workers: %w", r.kind, r.workers, err)
			}
			r.add(m)
			runtime.GC() // what this round has left is not the next one's load
		}
		for i := range cores {
			if o.dispatches == 0 || ctx.Err() != nil {
				break
			}
			progress("round %d of %d: the core alone, %d tasks waiting", round+1, o.rounds, cores[i].waiting)
			cores[i].measure(o.dispatches)
		}
	}
	fmt.Print(conditions)
	fmt.Print(table(rows))
	if o.dispatches > 0 {
		fmt.Print("\n", coreTable(cores))
	}
	return nil
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
