package broker

import (
	"fmt"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// A ring tells the rate of the last minutes, and forgets what was before.
func TestRing(t *testing.T) {
	var r ring
	if got := r.perSecond(0, time.Minute); got != 0 {
		t.Errorf("at the start: %v a second", got)
	}
	for i := range 600 { // one a second, for ten minutes
		r.add(time.Duration(i)*time.Second, 1)
	}
	now := 10 * time.Minute
	for window, want := range map[time.Duration]float64{time.Minute: 1, 5 * time.Minute: 1, 15 * time.Minute: 1} {
		if got := r.perSecond(now, window); got < want*0.99 || got > want*1.01 {
			t.Errorf("over %v: %v a second, want %v", window, got, want)
		}
	}
	now += 5 * time.Minute // silence
	for window, want := range map[time.Duration]float64{time.Minute: 0, 4 * time.Minute: 0, 15 * time.Minute: 600. / 900} {
		if got := r.perSecond(now, window); got < want*0.97 || got > want*1.03 {
			t.Errorf("five minutes later over %v: %v a second, want %v", window, got, want)
		}
	}
	r.add(100*time.Hour, 1)
	if got := r.perSecond(100*time.Hour, 15*time.Minute); got > 1./890 {
		t.Errorf("much later: %v a second", got)
	}
}

// queueOf returns what a core tells of one target.
func queueOf(t *testing.T, b *Broker, now Instant, kind journal.TargetKind, name string) QueueInfo {
	t.Helper()
	for _, q := range b.Queues(now) {
		if q.Target == (journal.Target{Kind: kind, Name: name}) {
			return q
		}
	}
	return QueueInfo{}
}

// A task is counted where it stands, whatever becomes of it, and after a restart.
func TestQueues(t *testing.T) {
	r := newRoom(t, 0)
	b := r.b
	worker := wire.Peer{Dialect: wire.BCP2Worker, Route: "w"}
	check := func(what string, service, other, worker [2]int) {
		t.Helper()
		for name, want := range map[string][2]int{"s": service, "t": other} {
			if q := queueOf(t, b, r.now, journal.ToService, name); q.Waiting != want[0] || q.Running != want[1] {
				t.Errorf("%s: service %s has %d waiting and %d running, want %v", what, name, q.Waiting, q.Running, want)
			}
		}
		if q := queueOf(t, b, r.now, journal.ToWorker, "w"); q.Waiting != worker[0] || q.Running != worker[1] {
			t.Errorf("%s: the worker has %d waiting and %d running, want %v", what, q.Waiting, q.Running, worker)
		}
	}
	none := [2]int{}
	for _, key := range []string{"a", "b", "c"} {
		b.Step(r.now, roomClient, &wire.Submit{Spec: &journal.Spec{Key: key, Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}}})
	}
	check("submitted", [2]int{3, 0}, none, none)
	b.Step(r.now, roomClient, &wire.Edit{Key: "c", Spec: &journal.Spec{}, Target: journal.Target{Kind: journal.ToService, Name: "t"}})
	check("moved", [2]int{2, 0}, [2]int{1, 0}, none)
	b.Step(r.now, worker, &wire.Register{Name: "w", Instance: [16]byte{1}, Slots: 1, Services: []string{"s"}})
	check("dispatched", [2]int{1, 1}, [2]int{1, 0}, [2]int{0, 1})
	if q := queueOf(t, b, r.now, journal.ToService, "s"); q.Workers != 1 {
		t.Errorf("%d workers serve it", q.Workers)
	}
	r.now.Mono += time.Minute
	r.now.WallMS += 60_000
	for _, id := range b.liveIDs() {
		if task := b.live(id); task.worker != nil {
			b.Step(r.now, worker, &wire.Outcome{Ref: task.ref(), Verdict: wire.VerdictDone})
			break
		}
	}
	check("one is done", [2]int{0, 1}, [2]int{1, 0}, [2]int{0, 1})
	q := queueOf(t, b, r.now, journal.ToService, "s")
	if q.Submitted[1] < 2.9/60 || q.Ended[1] < 0.9/60 || q.Ended[1] > 1.1/60 {
		t.Errorf("rates %v and %v", q.Submitted, q.Ended)
	}
	if in, ok := q.EmptyIn(); in != 0 || !ok {
		t.Errorf("nothing waits, and it takes %v (%v)", in, ok)
	}
	q = QueueInfo{Waiting: 60, Rated: true, Ended: [3]float64{0, 3, 0}, Submitted: [3]float64{0, 1, 0}}
	if in, ok := q.EmptyIn(); in != 30*time.Second || !ok {
		t.Errorf("60 that wait at 2 a second take %v (%v)", in, ok)
	}
	if q.Submitted[1] = 3; q.Ended[1] == q.Submitted[1] {
		if _, ok := q.EmptyIn(); ok {
			t.Error("what comes as fast as it ends is empty once")
		}
	}
	q = QueueInfo{Waiting: 40_000_000, Rated: true, Ended: [3]float64{0, 1.0 / 300, 0}}
	if in, ok := q.EmptyIn(); in != 10*365*24*time.Hour || !ok {
		t.Errorf("many that wait for one in five minutes take %v (%v)", in, ok)
	}
	b.Step(r.now, roomClient, &wire.Cancel{Key: "c"})
	check("one is canceled", [2]int{0, 1}, none, [2]int{0, 1})
}

// What is for any worker has all that are live.
func TestQueueOfAnyWorker(t *testing.T) {
	r := newRoom(t, 0)
	for _, name := range []string{"w1", "w2"} {
		r.b.Step(r.now, wire.Peer{Dialect: wire.BCP2Worker, Route: name}, &wire.Register{Name: name, Instance: [16]byte{1}, Slots: 1})
	}
	r.b.Step(r.now, roomClient, &wire.Submit{Spec: &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToAny}, Where: "gpu"}})
	if q := queueOf(t, r.b, r.now, journal.ToAny, ""); q.Waiting != 1 || q.Workers != 2 {
		t.Errorf("%+v", q)
	}
}

// Services that come and go are forgotten, the longest idle ones first.
func TestMetersAreBounded(t *testing.T) {
	r := newRoom(t, 0)
	submit := func(i int) {
		target := journal.Target{Kind: journal.ToService, Name: fmt.Sprint(i)}
		r.b.Step(r.now, roomClient, &wire.Submit{Spec: &journal.Spec{Key: fmt.Sprint(i), Tries: 1, Target: target}})
		r.b.Committed(r.b.Take().Mark)
	}
	for i := range metersMax + 10 {
		submit(i)
	}
	if n := len(r.b.meters.byTarget); n != metersMax+10 || r.b.meters.rated != metersMax {
		t.Fatalf("%d services with tasks, %d of them with rates", n, r.b.meters.rated)
	}
	for i := range metersMax + 10 {
		r.b.Step(r.now, roomClient, &wire.Cancel{Key: fmt.Sprint(i)})
		r.b.Committed(r.b.Take().Mark)
	}
	if n := len(r.b.meters.byTarget); n != metersSpare || len(r.b.meters.idle) != metersSpare || r.b.meters.rated > metersSpare {
		t.Errorf("%d services are remembered, %d with rates: want %d", n, r.b.meters.rated, metersSpare)
	}
	if q := queueOf(t, r.b, r.now, journal.ToService, fmt.Sprint(metersMax+9)); q.Target.Name == "" {
		t.Error("the last one is forgotten")
	}
}

// A meter that is found for a task is not the one that goes for the next.
func TestMeterStaysWhenFound(t *testing.T) {
	r := newRoom(t, 0)
	service := func(i int) journal.Target { return journal.Target{Kind: journal.ToService, Name: fmt.Sprint(i)} }
	for i := range metersMax {
		r.b.meters.count(r.b.meters.get(service(i)), &counted{waiting: 1}, +1)
	}
	idle := r.b.meters.get(service(7))
	r.b.meters.count(idle, &counted{waiting: 1}, -1) // the only one
	w := &task{life: new(life)}
	w.Task.Worker = "w"
	r.b.moveMeters(w, countedAt{}, counted{active: true, target: service(7)})
	if r.b.meters.byTarget[service(7)] != idle || idle.running != 1 || w.posts.home != idle || w.posts.runs.running != 1 {
		t.Errorf("%+v, %+v", idle, w.posts)
	}
}
