package broker

import (
	"io"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// Broker is the state machine. It is not safe for concurrent use: one loop owns it.
type Broker struct {
	cfg     Config
	archive Archive
	ids     idSource

	// Durable: what the journal says of tasks that have not ended, changed by apply
	// alone. A task or group that has ended stays until the archive has its end.
	tasks    *index[journal.ID]        // by ID
	keys     *index[string]            // the tasks that have a key, by it
	unused   unused                    // ranges of keys that the archive has no task of
	ended    []*task                   // whose ends are not in the archive yet, in order of these
	groups   []*group                  // in order of ID
	settings map[string]journal.Record // the last record of each, by name
	restored []*task                   // what Restore has taken in, in order of ID; nil after Open

	// All below is volatile: empty after a restart.

	// What waits, and who can take it: see crew.go.
	demands    map[demandKey]*demand
	classes    map[classKey]*class
	idle       ranking[*demand] // the demands that nothing waits with
	declined   *demand          // the last idle one that some worker has declined
	crews      []*crew
	crewsByKey map[string]*crew
	keepers    map[*task]*worker // the workers that are kept for a task: see next.go
	unkept     []*worker         // that were kept until now, and may have room for others

	// What keeps tasks waiting besides: see limiter.go.
	limits map[limitRef]*limiter
	freed  []*limiter // that may let a task go on

	// Who is there.
	fleet          []*worker             // all that have registered, in order of their numbers
	enlisted       uint32                // the last number that was given
	workers        map[string]*worker    // by name
	workersByPeer  map[wire.Peer]*worker // by connection
	turned         map[wire.Peer]*turnedAway
	sessions       map[string]*session // by id
	sessionsByPeer map[wire.Peer]*session
	awaitedBy      int       // sum, over all sessions, of members that have not started and are waited for
	deaf           bool      // messages from peers are left unread for now: see Deaf
	doubted        []*worker // silent for too long, as far as can be known while the broker is deaf

	round    uint64 // counts the reconciliations
	uses     uint64 // orders events in time: changes of slots, clients' turns, timers, what demands are asked for
	timers   ranking[*timer]
	replays  []*replay
	folds    folding
	meters   meters
	space    space
	stopping bool

	// Of the step that is under way.
	settling []*task                     // that have ended, and whose dependents are being told
	firsts   map[journal.ID]journal.Task // that have ended, and that new tasks wait for
	rowsSeen int                         // rows of members that the retries of one change have looked at

	// What has come of the steps since the last Take.
	out     Effects
	records spares[journal.Record]
	sends   spares[Send]
	mark    uint64 // of the last Take
	stats   Stats
}

// New makes a broker without tasks. Entropy feeds the ULIDs; last is the highest
// ID that the journal has given (journal.Meta.Last).
func New(cfg Config, archive Archive, entropy io.Reader, last journal.ID) *Broker {
	return &Broker{
		cfg:            cfg.WithDefaults(),
		archive:        archive,
		ids:            idSource{entropy: entropy, last: last},
		tasks:          newIndex(func(t *task) journal.ID { return t.ID }),
		keys:           newIndex((*task).key),
		settings:       make(map[string]journal.Record),
		limits:         make(map[limitRef]*limiter),
		demands:        make(map[demandKey]*demand),
		classes:        make(map[classKey]*class),
		crewsByKey:     make(map[string]*crew),
		keepers:        make(map[*task]*worker),
		workers:        make(map[string]*worker),
		workersByPeer:  make(map[wire.Peer]*worker),
		turned:         make(map[wire.Peer]*turnedAway),
		sessions:       make(map[string]*session),
		sessionsByPeer: make(map[wire.Peer]*session),
		folds:          newFolding(),
		meters:         meters{byTarget: make(map[journal.Target]*meter)},
	}
}

// Step takes in a message from a peer.
func (b *Broker) Step(now Instant, from wire.Peer, m wire.Message) {
	b.firsts = nil
	switch m := m.(type) {
	case *wire.Hello:
		b.hello(now, from, m)
	case *wire.Submit:
		b.submit(now, from, m)
	case *wire.SubmitBatch:
		b.submitBatch(now, from, m)
	case *wire.Cancel:
		b.cancel(now, from, m)
	case *wire.Hold:
		b.hold(now, from, m)
	case *wire.Release:
		b.release(now, from, m)
	case *wire.Edit:
		b.edit(now, from, m)
	case *wire.Limit:
		b.limit(now, from, m)
	case *wire.Resolve:
		b.resolve(now, from, m)
	case *wire.Query:
		b.query(now, from, m)
	case *wire.Find:
		b.find(now, from, m)
	case *wire.Change:
		b.change(now, from, m)
	case *wire.Show:
		b.show(now, from, m)
	case *wire.Wait:
		b.wait(now, from, m)
	case *wire.EndedAck:
		b.endedAck(now, from, m)
	case *wire.Beat:
		b.sessionOf(now, from, 0) // it was heard
	case *wire.Register:
		b.register(now, from, m)
	case *wire.WorkerBeat:
		b.workerBeat(now, from, m)
	case *wire.Begun:
		b.begun(now, from, m)
	case *wire.Progress:
		b.progress(now, from, m)
	case *wire.Outcome:
		b.outcome(now, from, m)
	case *wire.Checkpoint:
		b.checkpoint(now, from, m)
	case *wire.Extend:
		b.extend(now, from, m)
	case *wire.Leave:
		b.leave(now, from)
	case *wire.Replay:
		b.replay(now, from, m)
	default:
		b.refuse(from, &wire.Refuse{Code: wire.CodeUnsupported, Text: "a broker does not take this message"})
	}
}

// Malformed takes in frames that could not be decoded; their sender is told.
func (b *Broker) Malformed(now Instant, from wire.Peer, err *wire.Error) {
	if from.Dialect != wire.DialectNone {
		b.turnAway(now, from, err)
	}
}

// tickMax is how many deadlines one Tick handles: a million tasks may be due at a
// time, and the peers want to be heard meanwhile.
const tickMax = 4096

// Tick does what is due, up to a limit. What is left over is due at once, as
// NextDeadline tells.
func (b *Broker) Tick(now Instant) {
	for n := 0; n < tickMax && len(b.timers) > 0 && b.timers[0].at <= now.Mono; n++ {
		t := b.timers[0]
		b.disarm(t)
		t.owner.due(b, now)
	}
}

// Deaf tells the core that messages from peers are being left unread for now, or that they
// are read again. As long as they are unread, Tick declares no peer gone and no attempt
// stuck, because a sign of life may be among the unread messages. Later the next Tick looks
// again at the workers that it has spared.
func (b *Broker) Deaf(deaf bool) {
	if b.deaf = deaf; deaf {
		return
	}
	for _, w := range b.doubted {
		if w.doubted = false; w.live {
			b.arm(&w.timer, w, w.heard)
		}
	}
	clear(b.doubted)
	b.doubted = b.doubted[:0]
}

// NextDeadline tells when Tick has something to do, as Instant.Mono.
func (b *Broker) NextDeadline() (time.Duration, bool) {
	if len(b.timers) == 0 {
		return 0, false
	}
	return b.timers[0].at, true
}

// Gathered tells how many records and sends Take would return.
func (b *Broker) Gathered() (records, sends int) { return len(b.out.Records), len(b.out.Sends) }

// Take returns the effects since the last Take. The caller owns them.
func (b *Broker) Take() Effects {
	b.foldAll()
	out := b.out
	b.mark++
	out.Mark, out.Taken = b.mark, b.space.taken
	b.out = Effects{Records: b.records.take(), Sends: b.sends.take()}
	return out
}

// Reuse takes back the memory of effects that nobody needs any more, for later ones.
func (b *Broker) Reuse(done Effects) {
	b.records.keep(done.Records)
	b.sends.keep(done.Sends)
}

// Committed takes in that the records of all effects up to a mark are durable and can be
// found in the archive.
func (b *Broker) Committed(mark uint64) {
	n := 0
	for n < len(b.ended) && b.ended[n].endMark <= mark {
		b.forget(b.ended[n])
		n++
	}
	b.ended = append(b.ended[:0], b.ended[n:]...)
}

// Stop refuses new tasks and dispatches nothing more; the workers and clients
// are told that the broker leaves.
func (b *Broker) Stop(Instant) {
	b.stopping = true
	for _, w := range b.sortedWorkers() {
		if w.live {
			b.send(w.peer, &wire.Leave{})
		}
	}
	for _, s := range b.sortedSessions() {
		if s.connected {
			b.send(s.peer, &wire.Leave{})
		}
	}
}

// send puts a message behind the records of this step.
func (b *Broker) send(to wire.Peer, m wire.Message) {
	b.out.Sends = append(b.out.Sends, Send{To: to, Msg: m})
}

// sendLoaded is send for a message whose payload is in the journal.
func (b *Broker) sendLoaded(to wire.Peer, m wire.Message, load Load, id journal.ID) {
	b.out.Sends = append(b.out.Sends, Send{To: to, Msg: m, Load: load, Task: id})
}

func (b *Broker) refuse(to wire.Peer, m *wire.Refuse) {
	b.stats.Refused++
	b.send(to, m)
}
