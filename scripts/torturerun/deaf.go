package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
	"bcp/worker"
)

const (
	// deafTasks have a result of deafBytes each, for a client that never reads, and as
	// many a body, for a worker that doesn't.
	deafTasks = 256
	deafBytes = 1 << 20

	// deafMemoryBound is what the broker may have of it: 64 MiB that are on their way to
	// each of the two, 64 MiB of bodies that have just come in, as much again of garbage
	// as its Go runtime lets lie, and 64 MiB that an arena of the C library keeps between
	// the two. It is offered 512 MiB.
	deafMemoryBound = 448 << 20

	// deafBeats is how often they say that they live.
	deafBeats = 100 * time.Millisecond
)

// deafRound has a client submit tasks with large results, and a worker take tasks with
// large bodies, over connections of which they read nothing; others work on. When they
// are gone all that was theirs is done by others, and there for who asks.
func deafRound(ctx context.Context, r *rig) error {
	_, err := r.besieged(ctx, func(ctx context.Context, peers *attacker) {
		(&deaf{rig: r, peers: peers}).run(ctx)
	}, "--blob-min", "65536")
	if err != nil {
		return err
	}
	if r.tally.memory > deafMemoryBound {
		r.find("the broker had %d MiB of memory: %d are accepted", r.tally.memory>>20, deafMemoryBound>>20)
	}
	return nil
}

// deaf are the two that never read.
type deaf struct {
	rig   *rig
	peers *attacker
}

func (d *deaf) run(ctx context.Context) {
	c, err := client.Dial(ctx, d.rig.endpoint())
	if err != nil {
		d.rig.find("client: %v", err)
		return
	}
	defer c.Close()
	var keys []string
	var submits []wire.Message
	for i := range deafTasks {
		keys = append(keys, fmt.Sprintf("deaf-%d", i))
		submits = append(submits, &wire.Submit{Req: uint32(i + 1), Spec: &journal.Spec{
			Key: keys[i], Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "large"},
		}})
	}
	stop := d.open(wire.BCP2Client, append([]wire.Message{&wire.Hello{Session: "deaf"}}, submits...), &wire.Beat{})
	d.rig.fault()
	defer d.startWorker(ctx, "large")()
	d.await(ctx, c, keys)
	stop()
	stop = d.open(wire.BCP2Worker, []wire.Message{
		&wire.Register{Name: "deaf", Instance: [16]byte{1}, Slots: deafTasks, Services: []string{"bodies"}},
	}, &wire.WorkerBeat{})
	d.rig.fault()
	handles := d.submit(ctx, c)
	pause(ctx, time.Second) // it is given all of them, again and again
	stop()
	defer d.startWorker(ctx, "bodies")()
	for _, h := range handles {
		if _, err := h.Wait(ctx); err != nil {
			d.rig.find("a task that a deaf worker had: %v", err)
			break
		}
	}
}

// open has a peer say what it has to say, and then that it lives, and read nothing.
func (d *deaf) open(dialect wire.Dialect, words []wire.Message, beat wire.Message) (stop func()) {
	c, err := d.peers.open("")
	if err != nil {
		d.rig.find("connect: %v", err)
		return func() {}
	}
	_ = c.SetDeadline(time.Time{})
	over := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { d.talk(c, say(dialect, words...), say(dialect, beat), over) })
	return func() {
		close(over)
		_ = c.Close()
		all.Wait()
	}
}

func (d *deaf) talk(c net.Conn, words, beat []byte, over <-chan struct{}) {
	for said := words; ; said = beat {
		if _, err := c.Write(said); err != nil {
			return // the broker has cut it, or it is closed
		}
		select {
		case <-over:
			return
		case <-time.After(deafBeats):
		}
	}
}

// startWorker starts one that hands back as much as a task's body may have.
func (d *deaf) startWorker(ctx context.Context, service string) (stop func()) {
	return d.rig.startWorker(ctx, worker.Config{
		Name: service, Services: []string{service}, Slots: 8,
		Handler: func(context.Context, *worker.Task) ([]byte, error) { return make([]byte, deafBytes), nil },
	})
}

// await waits until the tasks with these keys are done.
func (d *deaf) await(ctx context.Context, c *client.Client, keys []string) {
	for _, key := range keys {
		for {
			t, err := c.QueryKey(ctx, key)
			if err == nil && t.State == journal.Done {
				d.rig.tasks(1)
				break
			}
			if ctx.Err() != nil {
				d.rig.find("%s of a deaf client is %s, %v", key, t.State, err)
				return
			}
			pause(ctx, 20*time.Millisecond)
		}
	}
}

// submit submits tasks with large bodies.
func (d *deaf) submit(ctx context.Context, c *client.Client) (handles []*client.Handle) {
	for range deafTasks {
		h, err := c.Submit(ctx, client.Task{Service: "bodies", Body: make([]byte, deafBytes), LossMax: 1000, Detached: true})
		if err != nil {
			d.rig.find("submit: %v", err)
			return handles
		}
		d.rig.tasks(1)
		handles = append(handles, h)
	}
	return handles
}
