package sim

import (
	"errors"
	"math/rand/v2"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// process is the broker's process: the core between its sockets and its
// journal, with a group commit as the real server has it. What comes in while a
// batch is being committed makes up the next one.
type process struct {
	w     *world
	disk  disk
	store store
	core  *broker.Broker
	meta  journal.Meta // as this life began

	life     int
	up       bool
	stopping bool          // takes in nothing more
	born     time.Duration // when this life began: the core's clock starts there
	wallMS   int64         // what the wall clock is ahead of the world's, in milliseconds
	next     batch
	flight   *batch
	pruneDue bool
	room     journal.Room // on its disk; zero for enough
	staging  []*staged
	unread   []unread      // what has come since nothing is taken in
	unheard  time.Duration // when something was due last while nothing was taken in
	lanes    []*lane
	alarm    alarm

	pruneAlone bool // is due, though there is nothing else to commit
}

// batch is effects in their order: what is committed together, and what may be
// told then.
type batch struct {
	records []journal.Record
	sends   []broker.Send
	mark    uint64
	prune   bool // a step of pruning as well
}

func (b *batch) empty() bool { return len(b.records) == 0 && len(b.sends) == 0 }

// wallStartMS is the wall clock's time when a life begins.
const wallStartMS = 1_700_000_000_000

func newProcess(w *world, disk disk) *process {
	return &process{w: w, disk: disk, wallMS: wallStartMS}
}

// start begins a life of the process with what the disk holds.
func (p *process) start() {
	p.life++
	p.store = p.disk.open()
	p.up, p.stopping, p.born = true, false, p.w.now
	p.next, p.flight, p.pruneDue, p.pruneAlone = batch{}, nil, false, false
	p.unheard = -1
	p.meta = p.store.Meta()
	p.core = p.restored(p.meta)
	p.core.Room(p.room, 0)
	p.w.note("broker: epoch %d: %+v", p.meta.Epoch, p.core.Stats())
	p.w.oracle.restarted()
	p.core.Open(p.instant())
	p.planPrune()
	p.w.net.brokerBack()
	p.step()
}

// restored makes a core of what the disk holds.
func (p *process) restored(meta journal.Meta) *broker.Broker {
	cfg := p.w.plan.core
	cfg.Broker, cfg.Epoch = meta.Broker, meta.Epoch
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(p.w.rand.Uint32())
	}
	core := broker.New(cfg, p.store, rand.NewChaCha8(seed), meta.Last)
	if err := errors.Join(p.w.settings(core.RestoreSetting), p.store.Live(p.w.forgetful(core))); err != nil {
		p.w.fail("the journal cannot be replayed: %v", err)
	}
	return core
}

// instant reads both of the broker's clocks.
func (p *process) instant() broker.Instant {
	return broker.Instant{Mono: p.w.hasten(p.w.now - p.born), WallMS: p.wallMS + p.w.now.Milliseconds()}
}

// crash ends the process at once.
func (p *process) crash(why string) {
	if !p.up {
		return
	}
	p.w.note("broker: dies: %s", why)
	p.w.cover.add("fault", "broker dies "+why)
	p.exit()
}

// exit breaks all connections and lets the process come back after a while.
func (p *process) exit() {
	p.abandon(&p.next)
	if p.flight != nil {
		p.abandon(p.flight)
	}
	p.abandonStaged()
	p.abandonUnread()
	p.abandonLanes()
	p.disk.died(p.stopping && p.flight == nil)
	p.up, p.flight, p.next = false, nil, batch{}
	p.alarm.stop()
	p.w.net.brokerGone()
	p.w.operator.brokerGone()
	p.w.after(p.w.upTo(p.w.plan.away), p.start)
}

// abandon notes what will not be written and sent any more.
func (p *process) abandon(b *batch) {
	p.w.oracle.unsent(b.sends...)
	p.w.oracle.unwritten(b.records)
}

// stop ends the process in good order.
func (p *process) stop() {
	if !p.up || p.stopping {
		return
	}
	p.w.note("broker: stops")
	p.w.cover.add("fault", "broker stops")
	p.stopping = true
	p.abandonUnread()
	p.core.Stop(p.instant())
	p.step()
}

// receive takes in what a peer has sent, or leaves it until there is room for it.
func (p *process) receive(route string, frames [][]byte) {
	switch {
	case p.stopping:
		p.w.oracle.lost(frames, wire.ToBroker)
	case p.deaf() || len(p.unread) > 0:
		p.w.cover.add("staged", "nothing is taken in meanwhile")
		p.unread = append(p.unread, unread{route, frames})
	default:
		p.takeIn(route, frames)
	}
}

func (p *process) takeIn(route string, frames [][]byte) {
	dialect, m, err := wire.Decode(frames, wire.ToBroker)
	peer := wire.Peer{Dialect: dialect, Route: route}
	if refusal := (*wire.Error)(nil); errors.As(err, &refusal) {
		p.w.cover.add("malformed", refusal.Code.String())
		p.core.Malformed(p.instant(), peer, refusal)
	} else {
		p.take(peer, m, frames)
	}
	p.step()
}

// hear gives a message to the core.
func (p *process) hear(from wire.Peer, m wire.Message) {
	p.w.cover.hear(m)
	p.w.forge(m)
	p.w.takeForOne(m)
	p.w.oracle.heard(from, m)
	items := listed(m)
	if _, ok := m.(*wire.Register); len(items) == 0 && (!ok || p.lane(from) == nil) {
		p.core.Step(p.instant(), from, m)
		return
	}
	p.gather() // so that what follows is of this message alone
	before := len(p.next.sends)
	p.core.Step(p.instant(), from, m)
	p.gather()
	answers := p.next.sends[before:]
	p.welcomed(from, answers)
	p.w.oracle.judgeStale(from, items, answers)
}

// ask gives a message of a local peer to the core.
func (p *process) ask(from wire.Peer, m wire.Message) {
	p.take(from, m, nil)
	p.step()
}

// tick does what is due.
func (p *process) tick() {
	if p.deaf() {
		p.tickDeaf()
	} else {
		p.core.Deaf(false)
		p.core.Tick(p.instant())
	}
	p.sweepLanes()
	p.step()
}

// step moves the effects on, as far as they go without waiting.
func (p *process) step() {
	p.gather()
	due := !p.next.empty() || p.pruneAlone && !p.stopping
	if p.flight == nil && due && p.passes("before its commit") {
		p.commit()
	}
	if p.up && p.flight == nil && p.stopping {
		p.w.note("broker: has stopped")
		p.exit()
	}
	if p.up {
		p.setAlarm()
		p.w.oracle.check()
	}
}

func (p *process) setAlarm() {
	at, set := p.core.NextDeadline()
	if !set || p.stopping {
		p.alarm.stop()
		return
	}
	p.w.setAlarm(&p.alarm, p.born+p.w.unhasten(at), p.tick)
}

// gather adds the core's effects to the next batch.
func (p *process) gather() {
	e := p.core.Take()
	for i := range e.Records {
		p.w.note("broker: record %v", recordText{&e.Records[i]})
	}
	p.w.oracle.schedule.lookAtFleet()
	p.w.oracle.schedule.made(e.Records)
	p.next.records = append(p.next.records, e.Records...)
	p.next.sends = append(p.next.sends, e.Sends...)
	p.next.mark = e.Mark
}

// passes tells whether the process comes alive over a point.
func (p *process) passes(point string) bool {
	if p.w.fault(p.w.plan.crashPoint) {
		p.crash(point)
	}
	return p.up
}
