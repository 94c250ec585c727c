package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"bcp/broker/admin/api"
	"bcp/client"
	"bcp/journal"
)

// load is many clients that submit tasks to a service and are told their ends.
type load struct {
	t       *testing.T
	daemon  *daemon
	clients int
	each    int // tasks of one client
	workers []*process
	ended   chan struct{} // one for each end that a client was told

	mu   sync.Mutex
	told map[string]client.Result // ends, by the task's ID
}

// newLoad starts the workers of a load, and nothing else of it.
func newLoad(t *testing.T, d *daemon, clients, each int) *load {
	t.Helper()
	l := &load{
		t: t, daemon: d, clients: clients, each: each, workers: make([]*process, 4),
		ended: make(chan struct{}, clients*each), told: make(map[string]client.Result),
	}
	for i := range l.workers {
		l.launchWorker(i)
	}
	return l
}

func (l *load) launchWorker(i int) {
	l.t.Helper()
	l.workers[i] = launchWorker(l.t, l.daemon, fmt.Sprintf("w%d", i+1), "--service", "echo", "--slots", "4", "--", "cat")
}

func (l *load) tasks() int { return l.clients * l.each }

// run submits everything, and calls disaster at so many moments, in numbers of ended
// tasks, by chance.
func (l *load) run(disasters int, disaster func()) {
	l.t.Helper()
	moments := rand.Perm(l.tasks() * 9 / 10)[:disasters]
	l.t.Logf("disasters after %v ended tasks", moments)
	var clients sync.WaitGroup
	for i := range l.clients {
		c := dial(l.t, l.daemon)
		clients.Go(func() { l.runClient(c, i) })
	}
	for i := range l.tasks() {
		if slices.Contains(moments, i) {
			disaster()
		}
		select {
		case <-l.ended:
		case <-deadline(l.t).Done():
			l.t.Fatalf("%d of %d tasks have ended, and nothing moves", i, l.tasks())
		}
	}
	clients.Wait()
}

// runClient submits one client's tasks, a few at a time so that there is always
// one being submitted, and waits for each.
func (l *load) runClient(c *client.Client, number int) {
	const window = 32
	room := make(chan struct{}, window)
	var tasks sync.WaitGroup
	for i := range l.each {
		room <- struct{}{}
		tasks.Go(func() {
			l.runTask(c, fmt.Sprintf("client %d task %d", number, i))
			l.ended <- struct{}{}
			<-room
		})
	}
	tasks.Wait()
}

// runTask submits a task under a key of its own, and again when it has ended:
// whatever happened in between, it must be the same task.
func (l *load) runTask(c *client.Client, body string) {
	task := client.Task{Service: "echo", Body: []byte(body), Key: body, LossMax: 1000}
	h, err := c.Submit(deadline(l.t), task)
	if err != nil {
		l.t.Errorf("%s: %v", body, err)
		return
	}
	result, err := h.Wait(deadline(l.t))
	if err != nil || string(result.Body) != body || result.Task != h.ID() {
		l.t.Errorf("%s, task %s: told %+v, %v", body, h.ID(), result, err)
	}
	again, err := c.Submit(deadline(l.t), task)
	if err != nil || again.ID() != h.ID() {
		l.t.Errorf("%s, task %s: submitted again: %v, %v", body, h.ID(), again, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, twice := l.told[h.ID().String()]; twice {
		l.t.Errorf("task %s was accepted for %q and for %q", h.ID(), other.Body, body)
	}
	l.told[h.ID().String()] = result
}

// check compares what the clients were told with what the broker lists.
func (l *load) check() {
	l.t.Helper()
	listed := l.daemon.ctl("tasks", "list", "--all", "--limit", "0", "-o", "jsonl").exits(0).tasks()
	if len(listed) != l.tasks() || len(l.told) != l.tasks() {
		l.t.Errorf("%d tasks were submitted, %d ends were told, and %d tasks are listed", l.tasks(), len(l.told), len(listed))
	}
	c := l.daemon.api()
	for _, task := range listed {
		l.checkTask(c, task)
	}
}

func (l *load) checkTask(c *api.Client, task api.Task) {
	l.t.Helper()
	told, known := l.told[task.ID]
	if !known || task.State != told.State.String() || task.Attempt != told.Attempt || task.Worker != told.Worker {
		l.t.Errorf("listed is %+v, and told was %+v", task, told)
	}
	var result bytes.Buffer
	if err := c.Result(deadline(l.t), task.ID, &result); err != nil || result.String() != string(told.Body) {
		l.t.Errorf("task %s has the result %q (%v), and told was %q", task.ID, result.String(), err, told.Body)
	}
	ends := 0
	for _, step := range l.daemon.history(task.ID) {
		if strings.HasPrefix(step, journal.KindEnd.String()) {
			ends++
		}
	}
	if ends != 1 {
		l.t.Errorf("task %s has ended %d times", task.ID, ends)
	}
}

// A thousand tasks on four workers, and the broker is killed five times.
func TestBrokerKilledUnderLoad(t *testing.T) {
	d := startBroker(t)
	l := newLoad(t, d, 4, 250)
	l.run(5, d.restart)
	l.check()
}

// Workers are killed with what they run, and come back under their names, each
// in its own time.
func TestWorkersKilledUnderLoad(t *testing.T) {
	l := newLoad(t, startBroker(t, "--on-worker-lost", "requeue"), 2, 150)
	l.run(6, func() {
		i := rand.IntN(len(l.workers))
		l.workers[i].kill()
		l.launchWorker(i)
	})
	l.check()
}
