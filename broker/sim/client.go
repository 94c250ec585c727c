package sim

import (
	"fmt"
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/client/session"
	"bcp/journal"
)

// client is one of BCP/2: the real session, and what its owner wants of it.
type client struct {
	actor
	s     *session.Session
	wants []*want
	past  []*want // of its lives before
	made  int     // counts the keys
}

// want is a task that a client wants done and to be told of.
type want struct {
	submit  wire.Submit // what is submitted; its key may be chosen by the session
	bundle  *bundle     // submitted as one batch with others; nil if by itself
	foreign bool        // somebody else's task, only waited for
	id      journal.ID
	known   bool // accepted
	refused bool
	ended   bool
}

func newClient(w *world, i int) *client {
	c := &client{actor: actor{w: w, name: fmt.Sprint("c", i)}}
	c.after = c.pump
	c.live()
	return c
}

// live begins a life under a new session. What was asked under a key of the
// client's own is asked again; the rest is forgotten.
func (c *client) live() {
	c.begin()
	core := &c.w.plan.core
	c.s = session.New(session.Config{
		Name: c.session(), Heartbeat: core.Heartbeat, Liveness: core.Liveness,
		ResendEvery: core.ResendEvery, WaitEvery: 5 * time.Second,
	})
	c.past = append(c.past, c.wants...)
	c.wants = slices.DeleteFunc(c.wants, func(x *want) bool {
		return x.foreign || x.submit.Spec.Key == "" || x.ended || x.refused || x.bundle != nil && !x.bundle.keyed
	})
	c.do(c.connect)
	c.resubmit()
}

// session is the name of the client's session in this life: its own name, which
// stays, and what makes it another one.
func (c *client) session() string { return fmt.Sprintf("%s/%d", c.name, c.life) }

func (c *client) die(away time.Duration) {
	c.actor.die()
	c.w.after(away, c.live)
}

// connect opens a connection. Clients rely on it that what the broker sends over
// one comes in order: a task's name before its end.
func (c *client) connect() {
	c.dial(conn{ordered: true}, c.take)
	c.s.Connected(c.w.now)
}

// take takes in a message from the broker.
func (c *client) take(m wire.Message) { c.s.Step(c.w.now, m) }

// pump performs what the session wants, until it wants nothing more.
func (c *client) pump() {
	for more := true; more; {
		e := c.s.Take(c.w.now)
		for _, m := range e.Sends {
			c.say(wire.BCP2Client, m)
		}
		for _, event := range e.Events {
			c.told(event.Tag, event.Msg)
		}
		if e.Reconnect {
			c.connect()
		}
		more = len(e.Sends) > 0 || e.Reconnect
	}
	at, set := c.s.NextDeadline()
	c.wake(at, set, func() { c.s.Tick(c.w.now) })
}

// submit asks for the task, each time with a message of its own.
func (c *client) submit(x *want) {
	m, spec := x.submit, *x.submit.Spec
	m.Spec = &spec
	if c.s.CanSubmit() {
		c.s.Submit(c.w.now, &m, x)
	}
}

// order makes up a task and submits it.
func (c *client) order() {
	x := c.newWant()
	c.wants = append(c.wants, x)
	c.do(func() { c.submit(x) })
}

// newWant makes up a task.
func (c *client) newWant() *want {
	w := c.w
	x := &want{submit: wire.Submit{
		Spec: w.spec(), Body: []byte(fmt.Sprintf("%s-%d", c.name, c.made)),
		WantStart: w.chance(500), Quiet: w.chance(100),
	}}
	if c.made++; w.chance(800) {
		x.submit.Spec.Key = fmt.Sprintf("%s/%d", c.name, c.made)
	}
	if len(c.wants) > 0 {
		c.dependOn(x.submit.Spec)
		c.followOne(x.submit.Spec)
	}
	if w.chance(20) {
		x.submit.Body = make([]byte, bodyMax+1)
	}
	return x
}

// again submits a task once more, perhaps with another body, under the same key.
func (c *client) again() {
	if len(c.wants) == 0 {
		return
	}
	if x := c.copied(pick(c.w, c.wants)); x != nil {
		c.wants = append(c.wants, x)
		c.do(func() { c.submit(x) })
	}
}

// ask asks for something other than a task of its own: the question itself is its tag.
func (c *client) ask(m wire.Message) { c.do(func() { c.s.Ask(c.w.now, m, m) }) }

// cancel, hold, release and wait ask about a task, which may be another client's.
func (c *client) cancel(id journal.ID) { c.ask(&wire.Cancel{Task: id, Text: "because"}) }

func (c *client) hold(id journal.ID) { c.ask(&wire.Hold{Task: id, Text: "not yet"}) }

func (c *client) release(id journal.ID) { c.ask(&wire.Release{Task: id, Text: "now"}) }

func (c *client) wait(id journal.ID) {
	x := &want{foreign: true, id: id, known: true}
	c.wants = append(c.wants, x)
	c.do(func() { c.s.Wait(id, x) })
}

// told takes in what the session tells its owner.
func (c *client) told(tag any, m wire.Message) {
	x, _ := tag.(*want)
	switch m := m.(type) {
	case *wire.Accepted:
		c.accepted(x, m)
	case *wire.Ended:
		c.w.oracle.toldEnd(c.name, m)
		x.ended = true
	case *wire.Shown:
		c.shown(tag.(*wire.Show), m)
	case *wire.Changed:
		c.changed(tag.(*wire.Change), m)
	case *wire.Refuse:
		if x != nil {
			c.refused(x, m)
		}
	}
}

func (c *client) accepted(x *want, m *wire.Accepted) {
	if x.known && x.id != m.Task && !c.w.oracle.free(x.id) {
		c.w.fail("%s: key %q is task %s, and was %s", c.name, x.submit.Spec.Key, m.Task, x.id)
	}
	x.id, x.known = m.Task, true
	c.w.oracle.judgeContent(c, x)
}

func (c *client) refused(x *want, m *wire.Refuse) {
	var id journal.ID
	if err := id.UnmarshalText([]byte(m.Text)); err == nil && id != x.id {
		return // it was waited for in an earlier life, and its key is another task's by now
	}
	_, _, ofBatch := wire.BatchPlace(m.Text)
	switch o := c.w.oracle; {
	case x.bundle != nil && (ofBatch || !x.known):
		o.refusedBatch(x, m)
	case m.Code == wire.CodeUnknownTask && o.accepted[x.id] && !o.isForgotten(x.id):
		c.w.fail("%s: accepted task %s is unknown", c.name, x.id)
	case !x.foreign && !x.known && o.refusedAfter(m, x.submit.Spec.After):
		c.w.fail("%s: one of the accepted tasks %v is unknown", c.name, x.submit.Spec.After)
	}
	x.refused = true
}

// catchUp waits for the tasks whose end the client did not want to be told.
func (c *client) catchUp() {
	for _, x := range c.wants {
		if x.submit.Quiet && x.known && !x.ended {
			c.do(func() { c.s.Wait(x.id, x) })
		}
	}
}

// open returns a task whose end the client has not been told.
func (c *client) open() *want {
	for _, x := range c.wants {
		if !x.ended && !x.refused {
			return x
		}
	}
	return nil
}

// spec makes up what a task asks for.
func (w *world) spec() *journal.Spec {
	s := &journal.Spec{
		Target: w.target(), Tries: 1 + w.rand.Uint32N(3), LossMax: w.rand.Uint32N(3),
		OnLoss: journal.LossPolicy(w.rand.IntN(4)), CancelGraceMS: w.upTo(time.Second).Milliseconds(),
	}
	if s.LossMax == 0 && s.OnLoss == journal.LossRequeue {
		s.LossMax = journal.NoLoss
	}
	w.when(s)
	w.arrayOf(s)
	if w.chance(200) {
		s.KeepMS = 1 + w.upTo(time.Minute).Milliseconds()
	}
	w.limitBy(s)
	w.placeBy(s)
	w.failing(s)
	w.broadcastOf(s)
	limits := []*int64{&s.StartTimeoutMS, &s.RunTimeoutMS, &s.QueueTimeoutMS}
	for _, ms := range limits {
		if w.chance(150) {
			*ms = 1 + w.upTo(2*time.Second).Milliseconds()
		}
	}
	return s
}

// when makes up when a task may be dispatched. Half of them may be at once.
func (w *world) when(s *journal.Spec) {
	if w.chance(500) {
		return
	}
	if w.chance(500) {
		s.Priority = w.rand.Int32N(5) - 2
	}
	if w.chance(150) {
		s.DelayMS = w.upTo(5 * time.Second).Milliseconds()
	}
	if w.chance(100) {
		s.NotBeforeMS = w.broker.instant().WallMS + w.upTo(8*time.Second).Milliseconds() - 2000
	}
	if w.chance(500) {
		s.RetryDelayMS, s.RetryDelayMaxMS = 1+w.upTo(time.Second).Milliseconds(), w.upTo(3*time.Second).Milliseconds()
		s.RetryDelayMaxMS = max(s.RetryDelayMaxMS, s.RetryDelayMS)
	}
	s.Hold = w.chance(100)
}

// target returns a service or a worker, now and then one that there isn't.
func (w *world) target() journal.Target {
	switch n := w.rand.IntN(20); {
	case n == 0:
		return journal.Target{Kind: journal.ToService, Name: "nowhere"}
	case n == 1:
		return journal.Target{Kind: journal.ToWorker, Name: "nobody"}
	case n < 4 && len(w.workers1) > 0:
		return journal.Target{Kind: journal.ToWorker, Name: pick(w, w.workers1).name}
	case n < 10:
		return journal.Target{Kind: journal.ToWorker, Name: pick(w, w.workers).name}
	}
	return journal.Target{Kind: journal.ToService, Name: pick(w, serviceNames)}
}
