package session

import (
	"cmp"
	"time"

	"bcp/broker/wire"
)

// Config is what a session is set up with.
type Config struct {
	Name string // of the session; unique among all clients, 1 to wire.MaxName bytes
	Keys string // what automatic keys begin with; new in each run of a program; default Name

	Heartbeat   time.Duration // until the broker's Welcome sets it; default 2.5 s
	Liveness    int           // heartbeats of silence before a reconnect, likewise; default 3
	ResendEvery time.Duration // how long an answer may take; default 5 s
	WaitEvery   time.Duration // how often the ends of tasks are asked for again; default 1 min

	UnansweredMax int // requests at a time; default 4,096: enough to fill the broker's batches
	TasksMax      int // accepted tasks whose end has not come; default 1,000,000
}

// withDefaults returns the configuration with its zero values filled in.
func (c Config) withDefaults() Config {
	c.Keys = cmp.Or(c.Keys, c.Name)
	c.Heartbeat = cmp.Or(c.Heartbeat, 2500*time.Millisecond)
	c.Liveness = cmp.Or(c.Liveness, 3)
	c.ResendEvery = cmp.Or(c.ResendEvery, 5*time.Second)
	c.WaitEvery = cmp.Or(c.WaitEvery, time.Minute)
	c.UnansweredMax = cmp.Or(c.UnansweredMax, 4096)
	c.TasksMax = cmp.Or(c.TasksMax, 1_000_000)
	return c
}

// limits are what the broker's Welcome sets.
type limits struct {
	heartbeat time.Duration
	liveness  int
	waitMax   int // tasks in one Wait
	bodyMax   int // bytes in a body, or in all of a batch; 0 until the first Welcome
}

// silence is how long nothing may be heard of a broker that lives.
func (l limits) silence() time.Duration { return time.Duration(l.liveness) * l.heartbeat }

// take reads the limits of a Welcome. A zero leaves what was.
func (l *limits) take(m *wire.Welcome) {
	m.TakeBeats(&l.heartbeat, &l.liveness)
	if m.BodyMax > 0 {
		l.bodyMax = int(m.BodyMax)
	}
	if m.OutstandingMax > 0 {
		l.waitMax = min(int(m.OutstandingMax), wire.MaxWait)
	}
}
