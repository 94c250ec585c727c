package sim

import (
	"fmt"
	"time"

	"bcp/broker/wire"
)

// worker1 is a worker of BCP/1, as BEAT has them: it says everything once and
// cannot say what it runs. Its network loses nothing.
type worker1 struct {
	actor
	heard  time.Duration // when the broker last said something
	beatAt time.Duration
	redial time.Duration // when to open the next socket; 0 while there is one
	jobs   map[wire.Ref]*job
}

func newWorker1(w *world, i int) *worker1 {
	k := &worker1{actor: actor{w: w, name: fmt.Sprint("beat", i)}}
	k.after = k.pump
	k.live()
	return k
}

func (k *worker1) live() {
	k.begin()
	k.jobs = make(map[wire.Ref]*job)
	k.do(k.ready)
}

// ready opens a socket and says READY on it. What runs goes on.
func (k *worker1) ready() {
	k.redial, k.heard = 0, k.w.now
	k.beatAt = k.w.now + k.w.plan.core.Heartbeat
	k.dial(conn{reliable: true}, k.take)
	k.say(wire.BCP1Worker, &wire.Register{Name: k.name, NoInventory: true})
}

// pump sets the alarm for what the worker has to do next.
func (k *worker1) pump() {
	at := min(k.beatAt, k.heard+k.w.plan.silence())
	if k.redial != 0 {
		at = k.redial
	}
	k.wake(at, true, k.tick)
}

func (k *worker1) tick() {
	switch now := k.w.now; {
	case k.redial != 0 && now >= k.redial:
		k.ready()
	case k.redial != 0:
	case now >= k.heard+k.w.plan.silence():
		k.redial = now + k.w.plan.core.Heartbeat
	case now >= k.beatAt:
		k.beatAt = now + k.w.plan.core.Heartbeat
		k.say(wire.BCP1Worker, &wire.WorkerBeat{NoInventory: true})
	}
}

// take takes in a message from the broker.
func (k *worker1) take(m wire.Message) {
	k.heard = k.w.now
	switch m := m.(type) {
	case *wire.Leave:
		k.redial = k.w.now + k.w.plan.core.Heartbeat
	case *wire.Dispatch:
		k.execute(m)
	case *wire.Stop:
		k.kill(m)
	}
}

func (k *worker1) execute(d *wire.Dispatch) {
	w := k.w
	w.oracle.executes(d.Ref, k.name, d.Body)
	j := &job{ref: d.Ref}
	k.jobs[d.Ref] = j
	k.reply(bcp1Received, j.ref)
	spawn := w.upTo(20 * time.Millisecond)
	k.later(spawn, func() {
		if !j.over {
			k.say(wire.BCP1Worker, &wire.Begun{Ref: j.ref})
		}
	})
	k.later(spawn+w.taskTime(), func() {
		v := w.someVerdict()
		k.finish(j, &wire.Outcome{Ref: j.ref, Verdict: v, Payload: w.result(j.ref)})
	})
}

// bcp1Received is the word JOB_RECEIVED, which is no message of ours.
const bcp1Received = 0x01

func (k *worker1) reply(word byte, ref wire.Ref) {
	job := fmt.Sprintf("%s-%d", ref.Task, ref.Attempt)
	k.conn.send([][]byte{{}, []byte("BCPW01"), {3}, []byte("bcp"), {}, []byte(k.name), {word}, []byte(job)})
}

func (k *worker1) kill(m *wire.Stop) {
	if j := k.jobs[m.Ref]; j != nil {
		k.finish(j, &wire.Outcome{Ref: m.Ref, Verdict: wire.VerdictStopped})
		return
	}
	k.say(wire.BCP1Worker, &wire.Outcome{Ref: m.Ref, Verdict: wire.VerdictUnknown})
}

func (k *worker1) finish(j *job, o *wire.Outcome) {
	if j.over {
		return
	}
	j.over = true
	delete(k.jobs, j.ref)
	k.w.oracle.finished(j.ref, outcome{worker: k.name, verdict: o.Verdict, result: string(o.Payload)})
	k.say(wire.BCP1Worker, o)
}

// die ends the worker and its jobs. A new one can't be told from one that only
// has a new connection, so nobody can know that the jobs are gone.
func (k *worker1) die(away time.Duration) {
	k.w.oracle.forgiveAll(k.name)
	if k.w.chance(500) {
		k.say(wire.BCP1Worker, &wire.Leave{})
	}
	k.actor.die()
	k.w.after(away, k.live)
}
