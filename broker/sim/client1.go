package sim

import (
	"fmt"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// client1 is a client of BCP/1. It says everything once, but names a job again
// when it has heard nothing of it for long.
type client1 struct {
	actor
	own  string // routing id of its own, "" for a new one with each connection
	jobs []*job1
}

// job1 is a job of a BCP/1 client.
type job1 struct {
	key   string
	to    journal.Target
	body  []byte
	ended bool
}

// askAgain is how long a BCP/1 client waits before it names its jobs again.
const askAgain = 4 * time.Second

func newClient1(w *world, i int) *client1 {
	c := &client1{actor: actor{w: w, name: fmt.Sprint("sched", i)}}
	if w.chance(500) {
		c.own = c.name
	}
	c.after = func() {}
	c.live()
	return c
}

func (c *client1) live() {
	c.begin()
	c.do(func() { c.dial(conn{own: c.own, reliable: true}, c.take) })
	c.do(c.askAll)
}

func (c *client1) die(away time.Duration) {
	c.actor.die()
	c.w.after(away, c.live)
}

// askAll names all jobs again, now and every now and then.
func (c *client1) askAll() {
	for _, j := range c.jobs {
		if !j.ended {
			c.execute(j)
		}
	}
	c.later(askAgain, c.askAll)
}

// order makes up a job and asks for it.
func (c *client1) order() {
	w := c.w
	name := pick(w, w.workers1).name
	if w.chance(300) {
		name = pick(w, w.workers).name
	}
	n := len(c.jobs)
	j := &job1{
		key:  fmt.Sprintf("bcp1/%s/%s.%d", name, c.name, n),
		to:   journal.Target{Kind: journal.ToWorker, Name: name},
		body: []byte(fmt.Sprintf("{%q:%d}", c.name, n)),
	}
	c.jobs = append(c.jobs, j)
	c.do(func() { c.execute(j) })
}

func (c *client1) execute(j *job1) {
	c.say(wire.BCP1Client, &wire.Submit{
		Spec: &journal.Spec{Key: j.key, Target: j.to, Tries: 1}, WantStart: true, Body: j.body,
	})
}

// cancel cancels one of the jobs, or one that there never was.
func (c *client1) cancel() {
	key := "bcp1/" + pick(c.w, c.w.workers1).name + "/nothing"
	if len(c.jobs) > 0 && c.w.chance(900) {
		key = pick(c.w, c.jobs).key
	}
	c.do(func() { c.say(wire.BCP1Client, &wire.Cancel{Key: key}) })
}

// take takes in a message from the broker.
func (c *client1) take(m wire.Message) {
	e, ok := m.(*wire.Ended)
	if !ok {
		return
	}
	for _, j := range c.jobs {
		if j.key == e.Key {
			c.w.oracle.toldEndOfKey(c.name, e)
			j.ended = true
		}
	}
}

// open returns a job whose end the client has not been told.
func (c *client1) open() *job1 {
	for _, j := range c.jobs {
		if !j.ended {
			return j
		}
	}
	return nil
}
