package sim

import (
	"fmt"
	"slices"
	"time"

	"bcp/broker/wire"
	"bcp/journal/place"
	"bcp/worker/session"
)

// worker is one of BCP/2: the real session, with jobs that only take time.
type worker struct {
	actor
	services []string
	slots    int
	offer    place.Offer
	draining bool
	instance [16]byte
	s        *session.Session
	jobs     map[wire.Ref]*job
}

// job is an attempt that a worker executes.
type job struct {
	ref   wire.Ref
	over  bool
	saves int  // states that it has saved
	stuck bool // it goes on until somebody stops it
}

// serviceNames are the services that workers serve.
var serviceNames = []string{"s0", "s1"}

func newWorker(w *world, i int) *worker {
	k := &worker{actor: actor{w: w, name: fmt.Sprint("w", i)}, slots: 1 + w.rand.IntN(3)}
	k.after = k.pump
	for _, s := range serviceNames {
		if w.chance(600) {
			k.services = append(k.services, s)
		}
	}
	k.offer.Worker = k.name
	k.equip()
	k.live()
	return k
}

// live begins a life that knows nothing of the earlier ones.
func (k *worker) live() {
	k.begin()
	k.draining, k.jobs = false, make(map[wire.Ref]*job)
	cfg := session.Config{
		Name: k.name, Slots: k.slots, Services: k.services, Labels: k.offer.Labels, Resources: k.offer.Resources.Strings(),
		Heartbeat: k.w.plan.core.Heartbeat, Liveness: k.w.plan.core.Liveness, ResendEvery: k.w.plan.core.ResendEvery,
		StopOnLost: k.w.chance(200), Grace: k.w.upTo(time.Second),
	}
	for i := range k.instance {
		k.instance[i] = byte(k.w.rand.Uint32())
	}
	cfg.Instance = k.instance
	k.s = session.New(cfg)
	k.do(func() { k.s.Open(k.w.now) })
}

// die ends the worker and all its jobs, for good or for a while.
func (k *worker) die(away time.Duration) {
	k.actor.die()
	if !k.gone {
		k.w.after(away, k.live)
	}
}

// take takes in a message from the broker.
func (k *worker) take(m wire.Message) { k.s.Step(k.w.now, m) }

// pump performs what the session wants.
func (k *worker) pump() {
	e := k.s.Take()
	if e.Reconnect {
		k.dial(conn{}, k.take)
	}
	for _, m := range e.Sends {
		k.w.oracle.reported(m)
		k.say(wire.BCP2Worker, m)
	}
	for _, d := range e.Starts {
		k.execute(d)
	}
	for _, o := range e.Stops {
		k.kill(o)
	}
	for _, v := range e.Saves {
		k.w.oracle.toldSaved(k.name, v.Task, mark{v.Attempt, v.Seq}, v.Failed)
	}
	k.farewell()
	if k.up {
		at, set := k.s.NextDeadline()
		k.wake(at, set, func() { k.s.Tick(k.w.now) })
	}
}

// execute does an attempt: it begins after a while, and ends after another.
func (k *worker) execute(d *wire.Dispatch) {
	w := k.w
	w.oracle.executes(d.Ref, k.name, d.Body)
	w.oracle.goesOnFrom(d)
	w.oracle.judgeMatch(k, d)
	j := &job{ref: d.Ref}
	k.jobs[d.Ref] = j
	if w.chance(50) {
		k.later(w.upTo(10*time.Millisecond), func() { k.finish(j, ending{verdict: wire.VerdictRefused, class: pick(w, classes)}) })
		return
	}
	spawn := w.upTo(20 * time.Millisecond)
	k.later(spawn, func() { k.startJob(j, d) })
	takes := w.taskTime()
	k.saveWhile(j, spawn+takes)
	k.extendWhile(j, spawn+takes)
	if j.stuck = w.stuck(d); !j.stuck {
		k.later(spawn+takes, func() { k.finish(j, w.someEnding(j.ref)) })
	}
}

func (k *worker) startJob(j *job, d *wire.Dispatch) {
	if j.over {
		return
	}
	k.s.Begun(j.ref)
	if k.w.chance(200) {
		k.s.Progress(k.w.now, &wire.Progress{Ref: j.ref, Fraction: 0.5, Text: "half"})
	}
	if k.w.chance(500) {
		k.speak(j, d)
	}
}

// finish ends a job, once.
func (k *worker) finish(j *job, e ending) {
	if j.over {
		return
	}
	j.over = true
	delete(k.jobs, j.ref)
	k.w.oracle.finished(j.ref, outcome{k.name, k.instance, e.verdict, e.class, string(e.result)})
	k.s.Ended(k.w.now, wire.Outcome{
		Ref: j.ref, Verdict: e.verdict, Text: fmt.Sprintf("verdict %d", e.verdict), Class: e.class, Payload: e.result,
	})
}

// kill stops a job: some end at once, some in their grace, some by force.
func (k *worker) kill(o session.StopOrder) {
	j := k.jobs[o.Ref]
	if j == nil {
		return
	}
	k.later(k.w.upTo(o.Grace), func() { k.finish(j, ending{verdict: wire.VerdictFailed, class: "stopped"}) })
}

// drain takes no more; what runs is handed back when it takes too long.
func (k *worker) drain() {
	k.do(func() {
		k.draining = true
		k.s.Drain(k.w.now)
	})
	k.later(k.w.upTo(5*time.Second), func() { k.s.HandBack(0) })
	k.later(10*time.Second, k.leave)
}

// farewell leaves as soon as nothing is unsettled.
func (k *worker) farewell() {
	if k.up && k.draining && k.s.Registered() && k.s.Unsettled() == 0 {
		k.leave()
	}
}

func (k *worker) leave() {
	k.s.Leave()
	for _, m := range k.s.Take().Sends {
		k.say(wire.BCP2Worker, m)
	}
	k.conn.linger()
	k.die(k.w.upTo(5 * time.Second))
}

// taskTime returns how long a job takes: some take much longer than most.
func (w *world) taskTime() time.Duration {
	d := w.upTo(w.plan.taskTime)
	if w.chance(50) {
		d *= 10
	}
	return d
}

// someVerdict is how a job comes out of its own accord.
func (w *world) someVerdict() wire.Verdict {
	if w.chance(250) {
		return wire.VerdictFailed
	}
	return wire.VerdictDone
}

// result is what an attempt gives: nobody else gives the same. Some are too large.
func (w *world) result(ref wire.Ref) []byte {
	r := []byte(fmt.Sprintf("result of %s-%d", ref.Task, ref.Attempt))
	if w.chance(20) {
		r = slices.Repeat(r, 3)
	}
	return r
}
