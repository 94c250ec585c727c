// Demorun is the demonstration that scripts/demo runs: one task for each source
// directory of the Go toolchain, on four workers, with the broker and a worker
// killed in the middle, and the results checked against a direct run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bcp/client"
	"bcp/journal"
	"bcp/scripts/internal/script"
)

const (
	workers = 4
	service = "count"
	limit   = 5 * time.Minute // no demonstration takes longer
)

func main() { script.Main("demo", read) }

// options are what the command line says.
type options struct {
	bin, goroot string
	keep        bool
}

func read(args []string) (func(context.Context) error, error) {
	var o options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.StringVar(&o.bin, "bin", "bin", "the `folder` of the programs")
	flags.StringVar(&o.goroot, "goroot", "", "the `folder` of the Go toolchain whose sources are read")
	flags.BoolVar(&o.keep, "keep", false, "keep the journal and the logs")
	return func(ctx context.Context) error { return run(ctx, o) }, script.Parse(flags, args)
}

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "bcp-demo-")
	if err != nil {
		return err
	}
	f := newFleet(o.bin, dir)
	// Who ends it before its time has seen enough, and nothing in the folder is worth a look.
	defer func() { err = finish(f, dir, o.keep || err != nil && ctx.Err() == nil, err) }()
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return demonstrate(bounded, f, o.goroot)
}

// demonstrate has the fleet do one task for each directory.
func demonstrate(ctx context.Context, f *fleet, goroot string) error {
	dirs, err := sourceDirs(filepath.Join(goroot, "src"))
	if err != nil {
		return err
	}
	fmt.Printf("%d directories below %s/src\n", len(dirs), goroot)
	if err := f.startAll(ctx); err != nil {
		return err
	}
	c, err := client.Dial(ctx, f.endpoint)
	if err != nil {
		return err
	}
	defer c.Close()
	results, err := work(ctx, c, f, dirs)
	if err != nil {
		return err
	}
	if err := check(dirs, results); err != nil {
		return err
	}
	return audit(ctx, c, results)
}

// work submits a task for each directory, breaks things in the middle, and
// waits for all ends.
func work(ctx context.Context, c *client.Client, f *fleet, dirs []string) ([]client.Result, error) {
	handles := make([]*client.Handle, len(dirs))
	for i, dir := range dirs {
		h, err := c.Submit(ctx, client.Task{Service: service, Body: []byte(dir + "\n"), Key: "demo/" + dir})
		if err != nil {
			return nil, fmt.Errorf("submit %s: %w", dir, err)
		}
		handles[i] = h
	}
	fmt.Printf("%d tasks submitted, each in the journal before its submit was answered\n", len(handles))
	bar := newBar(len(handles))
	results := make([]client.Result, 0, len(handles))
	for i, h := range handles {
		if i == len(handles)*2/5 {
			if err := f.disaster(ctx, bar.say); err != nil {
				return nil, err
			}
		}
		result, err := h.Wait(ctx)
		if err != nil {
			return nil, fmt.Errorf("task of %s: %w", dirs[i], err)
		}
		results = append(results, result)
		bar.add()
	}
	bar.finish()
	return results, nil
}

// audit asks the broker, which was killed meanwhile, what its journal says of
// every task that it had accepted, and prints the closing line.
func audit(ctx context.Context, c *client.Client, results []client.Result) error {
	done, lost, attempts := 0, 0, uint32(0)
	for _, r := range results {
		task, err := c.Query(ctx, r.Task)
		switch {
		case err != nil:
			lost++
		case task.State == journal.Done:
			done++
		}
		attempts += task.Attempt
	}
	fmt.Printf("tasks submitted %d, done %d, attempts %d, lost %d\n", len(results), done, attempts, lost)
	if lost > 0 || done < len(results) {
		return fmt.Errorf("%d of %d tasks are done, and %d are unknown", done, len(results), lost)
	}
	return nil
}

// check compares every result with a direct reading, and prints the totals.
func check(dirs []string, results []client.Result) error {
	var viaTasks, direct totals
	for i, dir := range dirs {
		told, err := parseCount(results[i].Body)
		if err != nil {
			return fmt.Errorf("result of %s: %w", dir, err)
		}
		own, err := readDir(dir)
		if err != nil {
			return err
		}
		if told != own {
			return fmt.Errorf("%s: the task says %v, a direct reading %v", dir, told, own)
		}
		viaTasks.add(told)
		direct.add(own)
	}
	fmt.Printf("\nthrough BCP: %s\ndirectly:    %s\n\n", viaTasks, direct)
	return nil
}

// finish ends the processes, and removes the folder unless it is to be kept.
func finish(f *fleet, dir string, keep bool, err error) error {
	f.stopAll()
	if keep {
		fmt.Fprintln(os.Stderr, "journal and logs are in", dir)
		return err
	}
	return errors.Join(err, os.RemoveAll(dir))
}
