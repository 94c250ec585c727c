package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
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

// run measures what is chosen and writes the report.
func run(ctx context.Context, o *options) error {
	conditions, err := lookAround(o)
	if err != nil {
		return err
	}
	r := report{Conditions: conditions}
	if o.compare == "" {
		r.Sheets, err = measureAll(ctx, o)
	} else {
		r.Sheets, err = compare(ctx, o)
	}
	if err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	_, err = fmt.Print(r.text())
	return err
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
