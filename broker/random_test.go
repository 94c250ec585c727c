package broker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// TestRandomMessages lets peers of every dialect say whatever their codec lets
// through, in any order, with commits that come late, sends that don't leave and
// restarts. The core never panics, no task ends twice, all that it wants told can be said,
// and a replay of the journal gives the same tasks.
func TestRandomMessages(t *testing.T) {
	lives := uint64(150)
	if testing.Short() {
		lives = 30
	}
	for seed := range lives {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { newRandom(t, seed).live(1500) })
	}
}

// random is a core among peers that make no sense.
type random struct {
	*rand.Rand
	t        *testing.T
	core     *broker.Broker
	store    *journal.MemStore
	cfg      broker.Config
	now      broker.Instant
	flight   []broker.Effects // in their order, not committed yet
	tasks    []journal.ID
	attempts map[journal.ID]uint32
	ended    map[journal.ID]bool
}

func newRandom(t *testing.T, seed uint64) *random {
	r := &random{
		Rand: rand.New(rand.NewPCG(seed, 0)), t: t, store: journal.NewMemDisk("random").Open(),
		attempts: make(map[journal.ID]uint32), ended: make(map[journal.ID]bool),
	}
	r.cfg = broker.Config{
		ReattachGrace: time.Duration(r.IntN(3)) * 5 * time.Second, OnLoss: journal.LossPolicy(1 + r.IntN(3)),
		BodyMax: 100, MaxTasks: 50 + r.IntN(100), MaxPeers: 3 + r.IntN(20),
		Unfolded: int(seed%3) - 1,
	}
	r.now.WallMS = 1_700_000_000_000
	r.restart()
	return r
}

// restart begins another life of the core; what is not committed is lost.
func (r *random) restart() {
	r.flight, r.now.Mono = nil, 0
	r.core = r.replay()
	r.core.Open(r.now)
}

// replay makes a core of what is in the journal.
func (r *random) replay() *broker.Broker {
	core := broker.New(r.cfg, r.store, zeros{}, r.store.Meta().Last)
	if err := core.RestoreFrom(r.store); err != nil {
		r.t.Fatal(err)
	}
	return core
}

// live lets so many things happen, and then looks at what is left.
func (r *random) live(events int) {
	for range events {
		switch r.IntN(20) {
		case 0:
			r.pass(time.Duration(r.IntN(3000)) * time.Millisecond)
		case 1:
			if r.IntN(60) == 0 {
				r.pass(time.Minute)
			} else if r.IntN(60) == 0 {
				r.restart()
			}
		default:
			r.say(r.peer(), r.message())
		}
		if r.IntN(3) == 0 {
			r.take()
		}
		for len(r.flight) > 0 && r.IntN(3) == 0 {
			r.land()
		}
	}
	for r.take(); len(r.flight) > 0; r.take() {
		r.land()
	}
	r.compare()
}

// pass lets time go by; the wall clock goes as it likes.
func (r *random) pass(d time.Duration) {
	r.now.Mono += d
	r.now.WallMS += d.Milliseconds() + int64(r.IntN(4000)) - 2000
	r.core.Tick(r.now)
}

// say steps a message as it comes out of the peer's dialect.
func (r *random) say(from wire.Peer, m wire.Message) {
	if from.Dialect != wire.Local {
		frames, err := wire.Encode(nil, from.Dialect, m)
		if err != nil {
			return
		}
		if _, m, err = wire.Decode(frames, wire.ToBroker); err != nil {
			return
		}
	}
	r.core.Step(r.now, from, m)
}

func (r *random) take() {
	e := r.core.Take()
	for i := range e.Records {
		switch rec := &e.Records[i]; rec.Kind {
		case journal.KindSubmit, journal.KindJoin:
			r.tasks = append(r.tasks, rec.Task)
		case journal.KindDispatch:
			r.attempts[rec.Task] = rec.Attempt
		}
	}
	if len(e.Records)+len(e.Sends) > 0 {
		r.flight = append(r.flight, e)
	}
}

// land commits the oldest effects and delivers their sends, but for a few.
func (r *random) land() {
	e := r.flight[0]
	r.flight = r.flight[1:]
	if err := r.store.Commit(e.Records); err != nil {
		r.t.Fatal(err)
	}
	r.core.Committed(e.Mark)
	for i := range e.Records {
		if rec := &e.Records[i]; rec.Kind == journal.KindEnd {
			if r.ended[rec.Task] {
				r.t.Fatalf("task %s ends twice", rec.Task)
			}
			r.ended[rec.Task] = true
		}
	}
	for _, s := range e.Sends {
		r.deliver(s)
	}
}

func (r *random) deliver(s broker.Send) {
	if _, err := wire.Encode(nil, s.To.Dialect, s.Msg); err != nil && err != wire.ErrUnsaid {
		r.t.Fatalf("%T to %v: %v", s.Msg, s.To, err)
	}
	if s.Load == broker.LoadResult {
		if _, err := r.store.Result(s.Task); err != nil {
			r.t.Fatalf("result of %s: %v", s.Task, err)
		}
	}
	switch r.IntN(30) {
	case 0:
		r.core.Undelivered(r.now, s)
	case 1:
		r.core.HeldBack(r.now, s)
	case 2:
		r.core.HeldBack(r.now, s)
		r.core.PassedOn(r.now, s)
	}
}

// compare replays the journal into another core.
func (r *random) compare() {
	was, is := r.core.Stats(), r.replay().Stats()
	if was.Pending != is.Pending || was.Dispatched != is.Dispatched || was.Running != is.Running || was.Canceling != is.Canceling {
		r.t.Errorf("the replay gives %+v, not %+v", is, was)
	}
}

func (r *random) peer() wire.Peer {
	dialects := []wire.Dialect{wire.BCP2Client, wire.BCP2Worker, wire.BCP1Client, wire.BCP1Worker, wire.Local}
	return wire.Peer{Dialect: dialects[r.IntN(len(dialects))], Route: fmt.Sprint(r.IntN(5))}
}
