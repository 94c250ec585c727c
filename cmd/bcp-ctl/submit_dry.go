package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// mistakesShown is how many lines that are not accepted are told one by one.
const mistakesShown = 20

// dryRun checks a whole file without a broker, and prints what would be submitted to who
// wants it in JSON: there are no IDs yet.
type dryRun struct {
	file    *taskFile
	words   io.Writer
	out     *bufio.Writer
	printer *printer[lineKey]
}

func newDryRun(g *globals, f *taskFile, std stdio) *dryRun {
	buffered := bufio.NewWriter(std.out)
	v := view[lineKey]{name: func(lineKey) string { return "" }}
	return &dryRun{file: f, words: std.words, out: buffered, printer: newPrinter(g.namesForTables(), buffered, v)}
}

func (d *dryRun) run(atomic bool) error {
	check := d.each
	if atomic {
		check = d.batch
	}
	if err := check(); err != nil {
		return errors.Join(err, d.out.Flush())
	}
	if err := errors.Join(d.printer.close(), d.out.Flush()); err != nil {
		return err
	}
	fmt.Fprintf(d.words, "%s: %s would be submitted.\n", d.file.name, count(d.printer.items, "task"))
	return nil
}

// batch checks the file as one batch.
func (d *dryRun) batch() error {
	tasks, err := d.file.all(wire.MaxBatch)
	if err == nil {
		err = d.file.checkBatch(tasks)
	}
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if err := d.printer.add(t.named()); err != nil {
			return err
		}
	}
	return nil
}

// each checks the tasks one by one, and tells of each that is not accepted.
func (d *dryRun) each() error {
	for mistakes := 0; ; {
		t, err := d.file.next()
		switch {
		case errors.Is(err, io.EOF) && mistakes == 0:
			return nil
		case errors.Is(err, io.EOF):
			return usagef("%s: %s not accepted, of %d", d.file.name, count(mistakes, "task"), mistakes+d.printer.items)
		case d.file.lines.Err() != nil, errors.Is(err, context.Canceled):
			return err
		case err != nil:
			if mistakes++; mistakes <= mistakesShown {
				fmt.Fprintln(d.words, printable(err.Error()))
			}
			continue
		}
		if err := d.printer.add(t.named()); err != nil {
			return err
		}
	}
}

// checkBatch tells whether tasks can be one batch.
func (f *taskFile) checkBatch(tasks []*lineTask) error {
	if len(tasks) == 0 {
		return nil
	}
	batch, size := api.Batch{}, 0
	for _, t := range tasks {
		batch.Tasks = append(batch.Tasks, t.Submission)
		size += len(t.Submission.Body)
	}
	if size > wire.MaxBody {
		return usagef("%s: the bodies have %d bytes together: --atomic accepts at most %d", f.name, size, wire.MaxBody)
	}
	if _, err := batch.Submits(anyKey); err != nil {
		return f.blame(tasks, err)
	}
	return nil
}
