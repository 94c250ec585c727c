package main

import (
	"errors"
	"fmt"
	"io"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// mistakesShown is how many lines that are not accepted are told one by one.
const mistakesShown = 20

// dryRun checks a whole file without a broker.
func dryRun(f *taskFile, atomic bool, words io.Writer) error {
	if atomic {
		tasks, err := f.all(wire.MaxBatch)
		if err == nil {
			err = f.checkBatch(tasks)
		}
		return told(f, len(tasks), err, words)
	}
	tasks, mistakes := 0, 0
	for {
		_, err := f.next()
		switch {
		case errors.Is(err, io.EOF) && mistakes == 0:
			return told(f, tasks, nil, words)
		case errors.Is(err, io.EOF):
			return usagef("%s: %s not accepted, of %d", f.name, count(mistakes, "task"), tasks)
		case f.lines.Err() != nil:
			return err
		case err != nil:
			if mistakes++; mistakes <= mistakesShown {
				fmt.Fprintln(words, printable(err.Error()))
			}
		}
		tasks++
	}
}

func told(f *taskFile, tasks int, err error, words io.Writer) error {
	if err == nil {
		fmt.Fprintf(words, "%s: %s would be submitted.\n", f.name, count(tasks, "task"))
	}
	return err
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
