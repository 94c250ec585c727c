package main

import (
	"context"
	"fmt"

	"bcp/client"
	"bcp/journal/bolt"
)

// logTasks is how many tasks are acknowledged, one after another, before a kill that is to
// leave commits in the log.
const logTasks = 3

// rotLogBytes is how large the log of a journal is that is read with each of its bytes wrong:
// that takes three readings of the log each time.
const rotLogBytes = 64 << 10

// makeJournal makes the broker's journal, with a log that it takes as it is.
func (r *rig) makeJournal() error {
	s, err := bolt.Open(r.db(), bolt.Options{Log: rotLogBytes})
	if err != nil {
		return err
	}
	return s.Close()
}

// leaveLog starts the broker again and kills it right after it has acknowledged tasks, until
// some of them are in its log alone: after a while they are not.
func (r *rig) leaveLog(ctx context.Context) error {
	for n := 0; ctx.Err() == nil; n++ {
		if err := r.acknowledgeAndDie(ctx, n); err != nil {
			return err
		}
		if left, err := hasLog(r.db()); left || err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *rig) acknowledgeAndDie(ctx context.Context, n int) error {
	r.supervise(ctx)
	defer r.die()
	c, err := client.Dial(ctx, r.endpoint())
	if err != nil {
		return err
	}
	defer c.Close()
	for i := range logTasks {
		if _, err := c.Submit(ctx, client.Task{Service: "nobody", Key: fmt.Sprintf("left-%d-%d", n, i)}); err != nil {
			return err
		}
		r.tasks(1)
	}
	return nil
}
