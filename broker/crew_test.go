package broker

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// TestCrews lets workers come, go and change what they have while tasks come and
// end, and looks after each step whether every demand has the crew of just the
// workers that meet it, whether its rankings hold who they should, and whether
// nobody is given more than there is.
func TestCrews(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := newRoom(t, seed)
			for range 300 {
				r.act()
				r.check()
			}
		})
	}
}

// room is a core in which somebody moves the workers about.
type room struct {
	*rand.Rand
	t    *testing.T
	b    *Broker
	now  Instant
	seed byte
}

var (
	roomClient  = wire.Peer{Dialect: wire.BCP2Client, Route: "c"}
	roomClients = []wire.Peer{roomClient, {Dialect: wire.BCP2Client, Route: "d"}, {Dialect: wire.BCP2Client, Route: "e"}}
)

func newRoom(t *testing.T, seed uint64) *room {
	r := &room{Rand: rand.New(rand.NewPCG(seed, 0)), t: t, now: Instant{WallMS: 1_700_000_000_000}}
	r.b = New(Config{ReattachGrace: 1}, journal.NewMemDisk("room").Open(), r, journal.ID{})
	for _, c := range roomClients {
		r.b.Step(r.now, c, &wire.Hello{Session: c.Route + "/1"})
	}
	return r
}

// Read gives the core its entropy.
func (r *room) Read(p []byte) (int, error) {
	for i := range p {
		r.seed++
		p[i] = r.seed
	}
	return len(p), nil
}

func (r *room) act() {
	w := wire.Peer{Dialect: wire.BCP2Worker, Route: fmt.Sprint("w", r.IntN(6))}
	switch r.IntN(8) {
	case 7:
		m := &wire.Limit{Do: wire.LimitDo(2 + r.IntN(2)), What: journal.Limit{Scope: journal.LimitScope(1 + r.IntN(3))}}
		m.What.Name = [...]string{"", r.service(), roomClients[r.IntN(3)].Route, "k"}[m.What.Scope]
		if m.Do == wire.LimitSet {
			m.What.Running = 1 + r.Uint32N(4)
		}
		r.b.Step(r.now, roomClient, m)
	case 0:
		m := &wire.Register{Name: w.Route, Instance: [16]byte{1}, Slots: uint32(1 + r.IntN(3))}
		for range r.IntN(4) {
			m.Services = append(m.Services, r.service())
		}
		if r.IntN(2) == 0 {
			m.Labels = []string{fmt.Sprint("zone=", r.IntN(3))}
			m.Resources = []string{fmt.Sprint("cpu=", 1+r.IntN(4))}
		}
		r.b.Step(r.now, w, m)
	case 1:
		r.b.Step(r.now, w, &wire.Leave{})
	case 2:
		for _, id := range r.b.liveIDs() {
			if t := r.b.live(id); t.worker != nil && r.IntN(2) == 0 {
				r.b.Step(r.now, t.worker.peer, &wire.Outcome{Ref: t.ref(), Verdict: wire.VerdictDone})
			}
		}
	case 3:
		r.b.Step(r.now, w, &wire.WorkerBeat{Draining: r.IntN(2) == 0, NoInventory: true})
	case 4:
		pass := time.Duration(r.IntN(30)) * time.Second
		r.now.Mono, r.now.WallMS = r.now.Mono+pass, r.now.WallMS+pass.Milliseconds()
		for _, w := range r.b.sortedWorkers() {
			w.heard = r.now.Mono
		}
		r.b.Tick(r.now)
	default:
		spec := &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: r.service()}}
		if r.IntN(3) == 0 {
			spec.Target = journal.Target{Kind: journal.ToWorker, Name: w.Route}
		}
		spec.Priority = r.Int32N(3)
		r.ask(spec)
		if r.IntN(3) == 0 {
			spec.LimitKeys = [][]string{{"k"}, {"k=1"}, {"k=2", "x=2"}, {"x=2", "k=2"}}[r.IntN(4)]
		}
		r.b.Step(r.now, roomClients[r.IntN(len(roomClients))], &wire.Submit{Spec: spec})
	}
	r.now.Mono += time.Duration(r.Int64N(int64(time.Minute)))
	r.b.Take()
}

// ask makes a task choose its worker by more than the target.
func (r *room) ask(spec *journal.Spec) {
	if r.IntN(3) == 0 {
		spec.Where = fmt.Sprint("zone!=", r.IntN(3))
	}
	if r.IntN(2) == 0 {
		spec.Resources = []string{fmt.Sprint("cpu=", 1+r.IntN(4))}
	}
	if r.IntN(4) == 0 {
		spec.Prefer, spec.PreferForMS = fmt.Sprint("zone=", r.IntN(3)), int64(1+r.IntN(60_000))
	}
	if ids := r.b.liveIDs(); len(ids) > 0 && r.IntN(6) == 0 {
		spec.After = []journal.Dependency{{Task: ids[r.IntN(len(ids))], Wants: journal.WantsWorker}}
	}
}

func (r *room) service() string { return fmt.Sprint("s", r.IntN(5)) }

func (r *room) check() {
	r.t.Helper()
	if len(r.b.crews) != len(r.b.crewsByKey) {
		r.t.Fatalf("%d crews, %d of them different", len(r.b.crews), len(r.b.crewsByKey))
	}
	r.checkLimits()
	demands := 0
	r.checkWorkers()
	for i, c := range r.b.crews {
		if c.at != i || r.b.crewsByKey[crewKey(c.workers())] != c {
			r.t.Fatalf("crew %d is not where it says", i)
		}
		demands += len(c.demands)
		r.checkCrew(c)
	}
	if demands != len(r.b.demands) {
		r.t.Fatalf("%d demands, %d of them have a crew", len(r.b.demands), demands)
	}
}

// checkWorkers adds up what the workers' attempts take.
func (r *room) checkWorkers() {
	r.t.Helper()
	kept := 0
	for _, w := range r.b.workers {
		left := slices.Clone(w.offer.Resources)
		for t := w.attempts.head; t != nil; t = t.next {
			left.Add(needsOf(t.Spec), -1)
		}
		if !slices.Equal(left, w.left) {
			r.t.Fatalf("worker %s has %v left, and says %v", w.name, left, w.left)
		}
		if w.keeps != nil {
			kept++
			if r.b.keepers[w.keeps] != w || w.keeps.lane == nil || !w.live || w.draining {
				r.t.Fatalf("worker %s is kept for a task that doesn't wait for it", w.name)
			}
		}
	}
	if kept != len(r.b.keepers) || len(r.b.unkept) > 0 {
		r.t.Fatalf("%d workers are kept of %d, %d are to be filled", kept, len(r.b.keepers), len(r.b.unkept))
	}
}

// checkLimits counts again what the limiters count, and looks after the lines in
// which they keep lanes aside.
func (r *room) checkLimits() {
	r.t.Helper()
	out, lanes := map[*limiter]int{}, map[*limiter]int{}
	for _, id := range r.b.liveIDs() {
		if t := r.b.live(id); t.worker != nil {
			for _, s := range r.b.quotaOf(t).shares {
				out[s.limiter]++
			}
		}
	}
	for _, class := range r.b.classes {
		for _, l := range class.lanes {
			for _, s := range l.quota.shares {
				lanes[s.limiter]++
			}
		}
	}
	for ref, l := range r.b.limits {
		if l.out != out[l] || l.lanes != lanes[l] || l.out == 0 && l.lanes == 0 && !l.set.Set() {
			r.t.Fatalf("%v counts %d attempts and %d lanes, and there are %d and %d", ref, l.out, l.lanes, out[l], lanes[l])
		}
		for _, a := range l.aside {
			if r.checkLine(&a.line) == 0 {
				r.t.Fatalf("%v has an empty line", ref)
			}
		}
	}
	if len(r.b.freed) > 0 {
		r.t.Fatalf("%d limits have not been looked at", len(r.b.freed))
	}
}

func (r *room) checkCrew(c *crew) {
	r.t.Helper()
	free, waiting := 0, 0
	if !slices.IsSortedFunc(c.workers(), func(x, y *worker) int { return cmp.Compare(x.number, y.number) }) {
		r.t.Fatal("a crew is not in order")
	}
	for _, m := range c.members {
		if !slices.Contains(m.worker.members, m) || (m.index > 0) != m.worker.usable() {
			r.t.Fatalf("worker %s has no place in its crew, or not the right one", m.worker.name)
		}
		if m.index > 0 {
			free++
		}
	}
	for _, d := range c.demands {
		for _, w := range r.b.fleet {
			if d.fits(w) != slices.Contains(c.workers(), w) {
				r.t.Fatalf("%v: worker %s meets it: %t, and is on the wrong side", d.key, w.name, d.fits(w))
			}
		}
		for _, class := range d.classes {
			for _, l := range class.lanes {
				r.checkLane(l)
				if l.by != nil {
					continue
				}
				waiting++
				if w := r.b.pick(d); w != nil {
					r.t.Fatalf("%v: a lane of %d tasks waits, and worker %s could take one", d.key, l.len(), w.name)
				}
			}
		}
		if (d.index > 0) != (len(d.classes) == 0) {
			r.t.Fatalf("%v with %d classes is idle at %d", d.key, len(d.classes), d.index)
		}
	}
	if len(c.free) != free || r.checkLine(&c.line) != waiting || len(c.demands) == 0 {
		r.t.Fatalf("a crew has %d free of %d, %d waiting in %d turns, %d demands", len(c.free), free, waiting, len(c.line.turns), len(c.demands))
	}
}

// checkLane looks whether a lane is where it should be, and counts what it has.
func (r *room) checkLane(l *lane) {
	r.t.Helper()
	home := &l.crew().line
	if l.len() == 0 || l.home != home.turns[l.client] || l.turn != l.line.turns[l.client] || l.turn.lanes[l.index-1] != l ||
		(l.by == nil) != (l.line == home) {
		r.t.Fatalf("a lane of %d tasks of %s is not where it should be", l.len(), l.client)
	}
	if l.by != nil && l.quota.closed(r.now) == nil {
		r.t.Fatalf("a lane of %s is aside for %s/%s, and nothing keeps it", l.client, l.by.ref.scope, l.by.ref.name)
	}
	counted := levels{}
	all := l.firstOnes(l.len())
	if len(all) != l.len() || l.lead != l.first().going() {
		r.t.Fatalf("a lane of %d tasks has %d, and the first turn is not %v", l.len(), len(all), l.lead)
	}
	for _, t := range all {
		counted.add(t.Spec.Priority, 1)
	}
	if !slices.Equal(counted, l.levels) {
		r.t.Fatalf("a lane counts priorities as %v, and they are %v", l.levels, counted)
	}
}

// checkLine looks whether the turns of a line are those of its lanes, and returns
// how many lanes there are.
func (r *room) checkLine(q *line) (lanes int) {
	r.t.Helper()
	for _, t := range q.ranked {
		counted := levels{}
		for _, l := range t.lanes {
			counted.addAll(l.levels, 1)
		}
		if q.turns[t.client] != t || len(t.lanes) == 0 || !slices.Equal(counted, t.levels) {
			r.t.Fatalf("the turn of %s has %d lanes and counts priorities as %v: %v", t.client, len(t.lanes), t.levels, counted)
		}
		lanes += len(t.lanes)
	}
	for client, t := range q.turns {
		if t.homes == 0 && len(t.lanes) == 0 || (t.index > 0) != (len(t.lanes) > 0) {
			r.t.Fatalf("the turn of %s is at %d, with %d lanes and for %d", client, t.index, len(t.lanes), t.homes)
		}
	}
	return lanes
}

// TestCrewOfAFleet has a worker join a fleet and leave: what is made anew for that are not the
// places of all others, or else it would take very long when all do so at once.
func TestCrewOfAFleet(t *testing.T) {
	f := newAudience()
	f.Step(Instant{}, roomClient, &wire.Submit{Spec: &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}}})
	allocs := testing.AllocsPerRun(10, func() {
		f.Step(Instant{}, f.join(broadcastFleet), &wire.Leave{})
		f.take()
	})
	if len(f.crews) != 1 || len(f.crews[0].members) != broadcastFleet || allocs > broadcastFleet/4 {
		t.Errorf("%.0f allocations, and %d crews", allocs, len(f.crews))
	}
}

// TestIdleDemands asks for more services than are remembered: those that nobody
// has asked for the longest are forgotten, and their crews with them.
func TestIdleDemands(t *testing.T) {
	r := newRoom(t, 0)
	for i := range demandsIdleMax + 10 {
		target := journal.Target{Kind: journal.ToService, Name: fmt.Sprint(i)}
		r.b.Step(r.now, roomClient, &wire.Submit{Spec: &journal.Spec{Key: fmt.Sprint(i), Tries: 1, Target: target}})
		r.b.Step(r.now, roomClient, &wire.Cancel{Key: fmt.Sprint(i)})
		r.b.Committed(r.b.Take().Mark)
	}
	if len(r.b.idle) != demandsIdleMax || len(r.b.demands) != demandsIdleMax || len(r.b.classes) != 0 {
		t.Errorf("%d demands are kept, %d of them idle, and %d classes", len(r.b.demands), len(r.b.idle), len(r.b.classes))
	}
	if r.b.demands[demandKey{target: journal.Target{Kind: journal.ToService, Name: "9"}}] != nil {
		t.Error("the first demands are still there")
	}
	r.check()
}
