package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"bcp/worker"
)

// workerCommand is the first argument of this program when it is to be a worker.
const workerCommand = "worker"

// fleetSlots are those of a worker process of package worker.
const fleetSlots = 64

// runWorker is a worker that does tasks of the ledger's kinds, in a process that can be
// killed. What it executes is listed in a file before it is done.
func runWorker(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet(workerCommand, flag.ExitOnError)
	broker := flags.String("broker", "", "its `endpoint`")
	name := flags.String("name", "", "the worker's")
	path := flags.String("runs", "", "the `file` that lists what was executed")
	_ = flags.Parse(args) // it exits where it can't
	runs, err := os.OpenFile(*path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer runs.Close()
	w, err := worker.New(worker.Config{
		Broker: *broker, Insecure: true, Name: *name, Services: []string{"s"}, Slots: fleetSlots,
		Handler: func(ctx context.Context, t *worker.Task) ([]byte, error) {
			if _, err := fmt.Fprintln(runs, attemptOf(t)); err != nil {
				return nil, worker.ErrNotMe
			}
			return perform(ctx, t)
		},
	})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// attemptOf names an attempt in lists of what was executed.
func attemptOf(t *worker.Task) string { return fmt.Sprintf("%s-%d", t.ID, t.Attempt) }

// perform does what a task's body says; taskScript does the same.
func perform(ctx context.Context, t *worker.Task) ([]byte, error) {
	kind := string(t.Body)
	switch {
	case kind == kindSlow:
		<-ctx.Done()
		return nil, ctx.Err()
	case kind == kindFatal, kind == kindFlaky && t.Attempt == 1:
		return nil, errors.New("fails on purpose")
	}
	return t.Body, nil
}
