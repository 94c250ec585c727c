package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/worker"
)

const (
	fullDiskBytes = 8 << 20

	// hog is a file of somebody else, who takes what the disk has.
	hog = "hog"

	// shortResult always fits into the reserve, and longResult as long as little of it
	// is used.
	shortResult = 100
	longResult  = 2 << 10

	// fullAcceptedMax is more than a disk of this size can take.
	fullAcceptedMax = 20_000
)

// fullRound fills a small disk with tasks, and then what is left of it with the file
// of somebody else. What was accepted is canceled and run all the same, also when
// the broker is killed; when old tasks are forgotten, new ones are accepted.
func fullRound(ctx context.Context, r *rig) (err error) {
	d, err := newDisk(r.dir, fullDiskBytes)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.unmount()) }()
	r.data = d.at
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	r.supervise(ctx)
	f := &filling{ledger: newLedger(r), killed: 1}
	if f.client, err = client.Dial(ctx, r.endpoint()); err != nil {
		return err
	}
	f.fill(ctx)
	err = f.overfill()
	f.kill()
	f.cancelSome(ctx)
	f.runAll(ctx)
	r.stop()
	f.check()
	f.client.Close()
	if r.lives != f.killed {
		r.find("the broker had %d lives, and was killed and started %d times", r.lives, f.killed)
	}
	f.forget(ctx)
	return err
}

// filling is a round's ledger, and what was accepted in it.
type filling struct {
	*ledger
	client *client.Client
	killed int
	tasks  []filled
}

// filled is a task that was accepted.
type filled struct {
	key  string
	kind string
	*client.Handle
}

// fillers is how many submit at a time.
const fillers = 8

// fill submits tasks until the disk is full.
func (f *filling) fill(ctx context.Context) {
	var all sync.WaitGroup
	for i := range fillers {
		all.Go(func() {
			for n := 0; f.fillOne(ctx, fmt.Sprintf("task-%d-%d", i, n), n); n++ {
			}
		})
	}
	all.Wait()
	f.rig.fault()
	f.rig.tasks(len(f.tasks))
	if len(f.tasks) == 0 || len(f.tasks) >= fullAcceptedMax {
		f.rig.find("a disk of %d bytes took %d tasks", fullDiskBytes, len(f.tasks))
	}
}

// fillOne submits a task. It tells whether to go on.
func (f *filling) fillOne(ctx context.Context, key string, n int) bool {
	kind := []string{"short", "short", "long", "canceled", "short", "short", "short", "canceled"}[n%8]
	body := append([]byte(kind), make([]byte, n%3*1000)...)
	h, err := f.client.Submit(ctx, client.Task{Service: "s", Key: key, Body: body, LossMax: 1000})
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		f.accepted[key] = h.ID()
		f.tasks = append(f.tasks, filled{key, kind, h})
		return len(f.tasks) < fullAcceptedMax
	}
	if refused := (*wire.Error)(nil); !errors.As(err, &refused) || refused.Code != wire.CodeDiskFull {
		f.rig.find("%s: submit: %v", key, err)
	}
	return false
}

// overfill takes what is left of the disk.
func (f *filling) overfill() error {
	f.rig.fault()
	file, err := os.Create(filepath.Join(f.rig.data, hog))
	if err != nil {
		return err
	}
	for _, piece := range []int{64 << 10, 1 << 10} {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, piece))
		}
	}
	_ = file.Close() // there is no room for all of it
	return nil
}

func (f *filling) kill() {
	f.rig.fault()
	f.rig.current().Kill()
	f.killed++
}

// cancelSome cancels those tasks that are to be.
func (f *filling) cancelSome(ctx context.Context) {
	for _, t := range f.tasks {
		if t.kind != "canceled" {
			continue
		}
		if _, err := f.client.Cancel(ctx, t.ID(), "enough"); err != nil {
			f.rig.find("%s: cancel: %v", t.key, err)
		}
	}
}

// runAll has workers do the tasks, and waits for all ends.
func (f *filling) runAll(ctx context.Context) {
	defer f.rig.startWorker(ctx, worker.Config{Name: "w", Services: []string{"s"}, Slots: len(f.tasks), Handler: f.do})()
	f.await(ctx, func(kind string) bool { return kind != "long" })
	f.clear()
	f.await(ctx, func(kind string) bool { return kind == "long" })
}

// clear takes somebody else's file away in every other round; in the others all has
// to go on without.
func (f *filling) clear() {
	if f.rig.rand.IntN(2) == 0 {
		return
	}
	if err := os.Remove(filepath.Join(f.rig.data, hog)); err != nil {
		f.rig.find("%v", err)
	}
}

// do returns a result as long as the task wants it.
func (f *filling) do(_ context.Context, t *worker.Task) ([]byte, error) {
	f.execute(attemptOf(t))
	if bytes.HasPrefix(t.Body, []byte("long")) {
		return make([]byte, longResult), nil
	}
	return make([]byte, shortResult), nil
}

// await waits for the ends of tasks.
func (f *filling) await(ctx context.Context, which func(kind string) bool) {
	for _, t := range f.tasks {
		if !which(t.kind) {
			continue
		}
		result, err := t.Wait(ctx)
		if bad := (*client.TaskError)(nil); err != nil && !errors.As(err, &bad) {
			f.rig.find("%s, task %s, has no end: %v", t.key, t.ID(), err)
			return
		}
		f.told[t.key] = result
	}
}

// forget starts the broker anew so that it keeps nothing that has ended, and waits
// until it accepts tasks.
func (f *filling) forget(ctx context.Context) {
	f.rig.args = append(f.rig.args, "--keep-ended", "1ms", "--keep-keys", "1ms")
	f.rig.supervise(ctx)
	defer f.rig.stop()
	c, err := client.Dial(ctx, f.rig.endpoint())
	if err != nil {
		f.rig.find("client: %v", err)
		return
	}
	defer c.Close()
	for {
		_, err := c.Submit(ctx, client.Task{Service: "s"})
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			f.rig.find("nothing is accepted, although all that had ended is forgotten: %v", err)
			return
		}
		pause(ctx, 50*time.Millisecond)
	}
}
