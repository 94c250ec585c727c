package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"bcp/scripts/benchmark/internal/gopeers"
	"bcp/scripts/benchmark/internal/lean"
	"bcp/scripts/benchmark/internal/load"
	"bcp/scripts/benchmark/internal/nojournal"
	"bcp/scripts/internal/script"
)

// opener makes the peers of one kind.
type opener func(context.Context, load.Shape) (load.Peers, error)

// leanIPC are lean peers that come over a Unix socket, the others over TCP.
const leanIPC = "lean-ipc"

// openers are the kinds of peers, by name.
var openers = map[string]opener{"lean": lean.Open, leanIPC: lean.Open, "go": gopeers.Open}

func main() { script.Main("bench", read) }

// read tells what to run: the instrument, or a broker that it needs beside itself.
func read(args []string) (func(context.Context) error, error) {
	if len(args) > 1 && args[0] == noJournalVerb {
		return func(ctx context.Context) error { return nojournal.Run(ctx, args[1:]) }, nil
	}
	o, err := parse(args)
	return func(ctx context.Context) error { return run(ctx, o) }, script.Usage(err)
}

// run measures what is chosen and writes the report.
func run(ctx context.Context, o *options) (err error) {
	defer func() { err = errors.Join(err, o.tools.remove()) }()
	r, err := obtain(ctx, o)
	if err == nil && o.report != "" {
		err = r.write(ctx, o)
	}
	if err == nil && o.page != "" {
		err = r.writePage(o)
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

// obtain measures what is chosen, or reads what was measured before.
func obtain(ctx context.Context, o *options) (*report, error) {
	r := &report{}
	if o.from != "" {
		text, err := os.ReadFile(o.from)
		if err != nil {
			return nil, err
		}
		return r, json.Unmarshal(text, r)
	}
	var err error
	if r.Conditions, err = lookAround(o); err != nil {
		return nil, err
	}
	if o.compare != "" {
		r.Sheets, err = compare(ctx, o)
		return r, err
	}
	r.Sheets, err = measureAll(ctx, o)
	r.Verdicts, r.Charts = verdicts(o, r.Sheets), charts(o, r.Sheets)
	return r, err
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
