package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"bcp/broker/wire"
	"bcp/client"
)

// manyMax is the most tasks of a batch, and members of an array.
const manyMax = 10

// array is what an array was submitted with.
type array struct {
	kind    string
	members int
}

// nextJob returns what is submitted next: a task, a batch or an array, and how many
// tasks that is.
func (l *ledger) nextJob() (tasks int, do func(context.Context, *client.Client)) {
	n := 2 + l.rand.IntN(manyMax-1)
	switch l.rand.IntN(20) {
	case 0:
		batch := make([]client.Task, n)
		for i := range batch {
			batch[i] = l.nextTask()
		}
		return n, func(ctx context.Context, c *client.Client) { l.runBatch(ctx, c, batch) }
	case 1:
		task := l.nextTask()
		task.Array = strconv.Itoa(n)
		return n, func(ctx context.Context, c *client.Client) { l.runArray(ctx, c, task, n) }
	}
	task := l.nextTask()
	return 1, func(ctx context.Context, c *client.Client) { l.runTask(ctx, c, task) }
}

// nextTask returns a task with a key of its own, of any kind.
func (l *ledger) nextTask() client.Task {
	l.begun++
	kind := kinds[l.rand.IntN(len(kinds))]
	if l.rand.IntN(largeEvery) == 0 && !l.small {
		kind = kindLarge
	}
	return client.Task{
		Service: "s", Body: []byte(kind), Key: fmt.Sprintf("task-%d", l.begun), Tries: 2, LossMax: 1000,
	}
}

// runTask submits a task, and again when it is accepted, and follows it.
func (l *ledger) runTask(ctx context.Context, c *client.Client, task client.Task) {
	h := l.submit(ctx, c, task)
	if h == nil {
		return
	}
	again := l.submit(ctx, c, task)
	if again == nil && l.full {
		again = h
	}
	if again == nil || again.ID() != h.ID() {
		l.rig.find("%s was accepted as task %s, and submitting it again gave another one, or nothing", task.Key, h.ID())
		return
	}
	l.follow(ctx, c, task, h, again)
}

// runArray submits an array, and follows it; its members are looked at in the end.
func (l *ledger) runArray(ctx context.Context, c *client.Client, task client.Task, members int) {
	l.mu.Lock()
	l.arrays[task.Key] = array{kind: string(task.Body), members: members}
	l.mu.Unlock()
	l.runTask(ctx, c, task)
}

// runBatch submits tasks together, and again when they are accepted, and follows each.
func (l *ledger) runBatch(ctx context.Context, c *client.Client, batch []client.Task) {
	handles, again := l.submitBatch(ctx, c, batch), l.submitBatch(ctx, c, batch)
	if handles == nil && l.full {
		handles = again // only the first was refused
	}
	if again == nil && l.full {
		again = handles
	}
	if handles == nil || again == nil {
		return
	}
	var all sync.WaitGroup
	for i, task := range batch {
		if handles[i].ID() != again[i].ID() {
			l.rig.find("%s was accepted as task %s, and submitting its batch again gave %s", task.Key, handles[i].ID(), again[i].ID())
		}
		all.Go(func() { l.follow(ctx, c, task, handles[i], again[i]) })
	}
	all.Wait()
}

func (l *ledger) submitBatch(ctx context.Context, c *client.Client, batch []client.Task) []*client.Handle {
	ops := make([]operation, len(batch))
	for i := range batch {
		ops[i] = l.begin(batch[i].Key, opSubmit)
	}
	handles, err := c.SubmitBatch(ctx, batch)
	if l.full && refusedAs(err, wire.CodeDiskFull) {
		return nil
	}
	if err != nil {
		l.rig.find("%s and those with it: submit: %v", batch[0].Key, err)
		return nil
	}
	for i := range batch {
		l.accept(ops[i], handles[i])
	}
	return handles
}

// follow asks after a task, cancels it if nothing else would end it, and waits for its
// end, which is told to each of its handles.
func (l *ledger) follow(ctx context.Context, c *client.Client, task client.Task, handles ...*client.Handle) {
	key, kind, id := task.Key, string(task.Body), handles[0].ID()
	var asking sync.WaitGroup
	asking.Go(func() { l.query(ctx, c, key, id) })
	if kind == kindSlow {
		l.cancel(ctx, c, key, id)
	}
	for _, h := range handles {
		l.wait(ctx, key, kind, h)
	}
	asking.Wait()
	l.query(ctx, c, key, id)
}
