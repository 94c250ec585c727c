package sim

import (
	"time"

	"bcp/broker/wire"
)

// actor is a peer's process. It lives, may freeze, dies and comes back; what
// was planned for an earlier life doesn't happen in a later one.
type actor struct {
	w       *world
	name    string
	life    int
	up      bool
	gone    bool // for good
	frozen  bool
	backlog []func() // what happens when it thaws
	conn    *conn
	alarm   alarm
	after   func() // does what has to follow each step of the actor
}

// begin begins a new life.
func (a *actor) begin() {
	a.life++
	a.up = true
	a.w.note("%s lives (%d)", a.name, a.life)
}

func (a *actor) lives() bool { return a.up }

// die ends the life; everything that was not said is lost.
func (a *actor) die() {
	a.w.note("%s dies", a.name)
	a.up, a.frozen, a.backlog = false, false, nil
	a.alarm.stop()
	a.hangUp()
}

// freeze stops the actor for a while: what happens to it meanwhile it finds
// afterwards.
func (a *actor) freeze(d time.Duration) {
	if a.frozen || !a.up {
		return
	}
	a.w.note("%s freezes for %v", a.name, d)
	a.frozen = true
	life := a.life
	a.w.after(d, func() {
		if a.life == life && a.frozen {
			a.thaw()
		}
	})
}

func (a *actor) thaw() {
	a.w.note("%s thaws", a.name)
	a.frozen = false
	todo := a.backlog
	a.backlog = nil
	for _, do := range todo {
		do()
	}
}

// do lets the actor do something, when it can, in this life only.
func (a *actor) do(step func()) { a.inLife(step)() }

// later is do after a time.
func (a *actor) later(d time.Duration, step func()) { a.w.after(d, a.inLife(step)) }

func (a *actor) inLife(step func()) func() {
	life := a.life
	var act func()
	act = func() {
		switch {
		case a.life != life || !a.up:
		case a.frozen:
			a.backlog = append(a.backlog, act)
		default:
			step()
			a.after()
		}
	}
	return act
}

// wake sets when the actor has something to do of its own accord.
func (a *actor) wake(at time.Duration, set bool, tick func()) {
	if !set || !a.up {
		a.alarm.stop()
		return
	}
	a.w.setAlarm(&a.alarm, at, a.inLife(tick))
}

// dial opens a connection in place of the earlier one.
func (a *actor) dial(c conn, take func(wire.Message)) {
	a.hangUp()
	c.owner, c.take = a.name, func(frames [][]byte) { a.do(func() { take(a.read(frames)) }) }
	a.conn = a.w.net.open(c)
}

func (a *actor) hangUp() {
	if a.conn != nil {
		a.conn.close()
		a.conn = nil
	}
}

// read decodes what the broker has sent, which must be possible.
func (a *actor) read(frames [][]byte) wire.Message {
	_, m, err := wire.Decode(frames, wire.ToPeer)
	if err != nil {
		a.w.fail("%s cannot read what the broker sent: %v", a.name, err)
	}
	a.w.note("%s <- %v", a.name, text{m})
	return m
}

// say sends a message to the broker.
func (a *actor) say(d wire.Dialect, m wire.Message) {
	frames, err := wire.Encode(nil, d, m)
	if err != nil {
		a.w.fail("%s cannot say %v: %v", a.name, text{m}, err)
	}
	a.w.note("%s -> %v", a.name, text{m})
	a.conn.send(frames)
}
