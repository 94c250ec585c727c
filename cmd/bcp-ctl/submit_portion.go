package main

import (
	"context"
	"errors"
	"io"
)

// How much of a file is submitted at a time: enough to make one commit of many
// tasks, and little enough to be seen to go on.
const (
	portionTasks = 1000
	portionBytes = 4 << 20 // of bodies, but at least one
)

// portion is tasks of a file that are submitted as one batch.
type portion struct {
	tasks []*lineTask
	read  int64 // bytes of the file so far
	err   error // what ended the file behind them; io.EOF for its end
}

// portions reads the file ahead while what it has read is being submitted. The
// channel is closed behind the file's end, or when the context ends.
func (f *taskFile) portions(ctx context.Context) <-chan portion {
	out := make(chan portion, 1)
	go func() {
		defer close(out)
		var b portionBuilder
		for {
			t, err := f.next()
			full := err == nil && !b.takes(t)
			if full || err != nil {
				select {
				case out <- portion{tasks: b.tasks, read: f.read, err: err}:
				case <-ctx.Done():
					return
				}
				b = portionBuilder{}
			}
			if err != nil {
				return
			}
			b.add(t)
		}
	}()
	return out
}

// portionBuilder gathers tasks. A key that was there begins another one, where it is
// the same task: within one it would be refused. So does one that an earlier line
// waits for, which may name what was there before it, and not what comes.
type portionBuilder struct {
	tasks []*lineTask
	bytes int
	keys  map[string]bool // that tasks have, or wait for
}

func (b *portionBuilder) takes(t *lineTask) bool {
	return len(b.tasks) < portionTasks && !b.keys[string(t.Key)] &&
		(len(b.tasks) == 0 || b.bytes+len(t.Submission.Body) <= portionBytes)
}

func (b *portionBuilder) add(t *lineTask) {
	if b.keys == nil {
		b.keys = make(map[string]bool, portionTasks)
	}
	b.tasks = append(b.tasks, t)
	b.bytes += len(t.Submission.Body)
	b.keys[string(t.Key)] = true
	for _, key := range t.KeysNamed() {
		b.keys[key] = true
	}
}

// all reads the whole file, of at most so many tasks; what it has read is
// returned also with an error.
func (f *taskFile) all(most int) (tasks []*lineTask, err error) {
	for len(tasks) <= most {
		t, err := f.next()
		if errors.Is(err, io.EOF) {
			return tasks, nil
		}
		if err != nil {
			return tasks, err
		}
		tasks = append(tasks, t)
	}
	return tasks, usagef("%s: more than %d tasks: --atomic accepts at most so many, for they are one batch", f.name, most)
}
