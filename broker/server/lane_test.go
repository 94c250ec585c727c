package server_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// untilLanes looks at the lanes again and again until they are one with so many sends
// that wait and bytes on their way, or none.
func (r *running) untilLanes(t *testing.T, lanes, waiting, bytes int) {
	t.Helper()
	var n, w, b int
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); runtime.Gosched() {
		n, w, b = 0, 0, 0
		err := r.Lanes(t.Context(), func(_ wire.Peer, waiting, bytes int) { n, w, b = n+1, w+waiting, b+bytes })
		if err != nil {
			t.Fatal(err)
		}
		if n == lanes && w == waiting && b == bytes {
			return
		}
	}
	t.Fatalf("%d lanes with %d sends that wait and %d bytes on their way, want %d with %d and %d", n, w, b, lanes, waiting, bytes)
}

// A worker is sent so many bytes ahead of what it says that it has, whatever slots it
// has; what doesn't fit has no payload yet. Small bodies are not counted, and keep
// their place.
func TestWindowOfAWorker(t *testing.T) {
	for name, size := range map[string]int{"in the journal": 100 << 10, "beside it": 300 << 10} {
		t.Run(name, func(t *testing.T) {
			cfg := coldConfig()
			cfg.WindowBytes = 3*size + size/2
			s := start(t, cfg, newStore(t))
			client, worker := newClient(t, s), newWorker(t, s, "w", 100)
			for req := range 8 {
				client.say(submit(req, string(make([]byte, size))))
			}
			client.say(submit(8, "small"))
			var refs []wire.Ref
			hear := func(n int) {
				for range n {
					refs = append(refs, expect[*wire.Dispatch](worker).Ref)
				}
			}
			hear(3)
			s.untilLanes(t, 1, 6, 3*size)
			worker.say(&wire.Begun{Ref: refs[0]})
			hear(1)
			s.untilLanes(t, 1, 5, 3*size)
			worker.say(&wire.WorkerBeat{Seen: 4, Inventory: []wire.Item{
				{Ref: refs[0], Phase: wire.PhaseRunning}, {Ref: refs[1], Phase: wire.PhaseTaken}, {Ref: refs[2], Phase: wire.PhaseTaken}, {Ref: refs[3], Phase: wire.PhaseTaken},
			}})
			hear(3)
			s.untilLanes(t, 1, 2, 3*size)
			worker.say(&wire.Outcome{Ref: refs[5], Verdict: wire.VerdictDone})
			expect[*wire.Dispatch](worker)
			if d := expect[*wire.Dispatch](worker); string(d.Body) != "small" || d.Seq != 9 {
				t.Errorf("the last dispatch is number %d with %d bytes", d.Seq, len(d.Body))
			}
			s.untilLanes(t, 1, 0, 3*size)
		})
	}
}

// The time for a start counts from when a dispatch leaves: not while the worker has more
// to take in before, nor while the body is read.
func TestStartTimeOfWhatIsHeldBack(t *testing.T) {
	for name, size := range map[string]int{"in the journal": 100 << 10, "beside it": 300 << 10} {
		t.Run(name, func(t *testing.T) {
			cfg := coldConfig()
			cfg.WindowBytes = 1
			st := newStore(t)
			s := start(t, cfg, st)
			client, worker := newClient(t, s), newWorker(t, s, "w", 2)
			entered, release := st.body.hold(st.Store.Body)
			counts := func(id journal.ID, counts bool) {
				t.Helper()
				s.until(t, fmt.Sprintf("its time counts: %t", counts), func(b *broker.Broker) bool {
					e, ok := b.Explain(broker.Instant{}, id)
					return ok && e.Task.State == journal.Dispatched && (e.Next != nil) == counts
				})
			}
			dispatched := func(id journal.ID) *wire.Dispatch {
				if size >= journal.BlobMin {
					<-entered
					counts(id, false)
					release <- struct{}{}
				}
				d := expect[*wire.Dispatch](worker)
				counts(id, true)
				return d
			}
			var ids [2]journal.ID
			for req := range ids {
				m := submit(req, string(make([]byte, size)))
				m.Spec.StartTimeoutMS = time.Hour.Milliseconds()
				client.say(m)
				ids[req] = expect[*wire.Accepted](client).Task
			}
			first := dispatched(ids[0])
			s.untilLanes(t, 1, 1, size)
			counts(ids[1], false)
			worker.say(&wire.Begun{Ref: first.Ref})
			dispatched(ids[1])
		})
	}
}

// What waits for a worker is given back when it is gone, or comes back anew.
func TestLaneOfAWorkerThatIsGone(t *testing.T) {
	cfg := coldConfig()
	cfg.WindowBytes = 1
	s := start(t, cfg, newStore(t))
	client, worker := newClient(t, s), newWorker(t, s, "w", 3)
	for req := range 3 {
		client.say(submit(req, largeBody("a")))
	}
	first := expect[*wire.Dispatch](worker)
	s.untilLanes(t, 1, 2, len(first.Body))
	worker.say(&wire.Register{Name: "another", Instance: [16]byte{1}, Slots: 3, Services: []string{"sums"}})
	s.untilLanes(t, 1, 3, len(first.Body)) // it is refused, behind what waits still
	worker.say(&wire.Register{
		Name: "w", Instance: [16]byte{1}, Slots: 3, Services: []string{"sums"}, Inventory: []wire.Item{{Ref: first.Ref, Phase: wire.PhaseTaken}},
	})
	expect[*wire.Welcome](worker)
	again := expect[*wire.Dispatch](worker)
	s.untilLanes(t, 1, 1, len(again.Body))
	worker.say(&wire.Leave{})
	other := newWorker(t, s, "other", 3)
	for range 3 {
		other.say(&wire.Begun{Ref: expect[*wire.Dispatch](other).Ref})
	}
	s.untilLanes(t, 0, 0, 0)
}

// While a large body is being read, what follows for its worker waits behind it, but
// for beats, and nobody else does.
func TestLargeBodyIsReadBesideTheLoop(t *testing.T) {
	st := newStore(t)
	entered, release := st.body.hold(st.Store.Body)
	s := start(t, coldConfig(), st)
	client, worker := newClient(t, s), newWorker(t, s, "w", 5)
	client.say(submit(1, largeBody("a")))
	id := expect[*wire.Accepted](client).Task
	<-entered
	client.say(&wire.Cancel{Req: 2, Task: id})
	expect[*wire.Status](client)
	for req := range 3 {
		client.say(submit(req, "small"))
		expect[*wire.Accepted](client)
	}
	s.untilLanes(t, 1, 4, len(largeBody("a"))) // the stop, and three dispatches
	release <- struct{}{}
	if d := expect[*wire.Dispatch](worker); string(d.Body) != largeBody("a") {
		t.Errorf("dispatched with %d bytes", len(d.Body))
	}
	expect[*wire.Stop](worker)
	for range 3 {
		expect[*wire.Dispatch](worker)
	}
}

// A large body that has just come in is dispatched without being read, once.
func TestYoungLargeBodyIsNotRead(t *testing.T) {
	st := newStore(t)
	var reads atomic.Int32
	st.body.set(func(id journal.ID) ([]byte, error) {
		reads.Add(1)
		return st.Store.Body(id)
	})
	s := start(t, testConfig(), st)
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	again := submit(1, largeBody("a"))
	again.Spec.Tries = 2
	client.say(again)
	expect[*wire.Accepted](client)
	for attempt := range 2 {
		d := nextDispatch(worker)
		if string(d.Body) != largeBody("a") {
			t.Fatalf("attempt %d has %d bytes", attempt, len(d.Body))
		}
		if n := reads.Load(); int(n) != attempt {
			t.Errorf("attempt %d: the body was read %d times", attempt, n)
		}
		worker.say(&wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictFailed})
	}
}

// nextDispatch passes over what else a worker is told.
func nextDispatch(worker *peer) *wire.Dispatch {
	worker.t.Helper()
	for {
		if d, ok := worker.hear().(*wire.Dispatch); ok {
			return d
		}
	}
}

// While a large result is being read for one client, others are served.
func TestLargeResultIsReadBesideTheLoop(t *testing.T) {
	st := newStore(t)
	s := start(t, coldConfig(), st)
	employ(t, s, 1, 1)
	slow, quick := newClient(t, s), newClient(t, s)
	entered, release := st.result.hold(st.Store.Result)
	slow.say(submit(1, largeBody("r")))
	expect[*wire.Accepted](slow)
	expect[*wire.Started](slow)
	<-entered
	for req := range 3 {
		quick.say(submit(req, "small"))
		expect[*wire.Accepted](quick)
		expect[*wire.Started](quick)
		expect[*wire.Ended](quick)
	}
	slow.say(&wire.Query{Req: 2, Task: journal.ID{1}})
	close(release)
	if e := expect[*wire.Ended](slow); string(e.Result) != largeBody("r") {
		t.Errorf("ended with %d bytes", len(e.Result))
	}
	expect[*wire.Refuse](slow)
}

// Who submits a task again while its end is on its way is told the end after the answer:
// what comes before that is of the first submit, also where an earlier sending of it has been
// acknowledged.
func TestSubmitAgainWhileALargeResultIsRead(t *testing.T) {
	st := newStore(t)
	entered, release := st.result.hold(st.Store.Result)
	s := start(t, testConfig(), st)
	employ(t, s, 1, 1)
	client := newClient(t, s)
	m := submit(1, largeBody("r"))
	m.Spec.Key = "k"
	client.say(m)
	id := expect[*wire.Accepted](client).Task
	expect[*wire.Started](client)
	<-entered
	client.say(&wire.EndedAck{Task: id}, m, &wire.SubmitBatch{Req: 2, Submits: []wire.Submit{*m}})
	s.untilLanes(t, 1, 3, 0)
	close(release)
	expect[*wire.Ended](client)
	expect[*wire.Accepted](client)
	expect[*wire.Ended](client)
	expect[*wire.BatchAccepted](client)
	client.say(&wire.EndedAck{Task: id})
	expect[*wire.Ended](client)
	s.untilLanes(t, 0, 0, 0)
}

// An attempt whose body is damaged is given up, for its worker would wait for ever; and a large
// one doesn't count as on its way.
func TestUnreadableBody(t *testing.T) {
	for name, body := range map[string]string{"small": "body", "large": largeBody("a")} {
		t.Run(name, func(t *testing.T) {
			st := newStore(t)
			st.body.set(func(journal.ID) ([]byte, error) { return nil, fmt.Errorf("%w: seal", journal.ErrCorrupt) })
			cfg := testConfig()
			cfg.CacheBytes = 1
			s := start(t, cfg, st)
			client := newClient(t, s)
			newWorker(t, s, "w", 1)
			client.say(submit(1, body))
			expect[*wire.Accepted](client)
			if e := expect[*wire.Ended](client); e.State != journal.Failed || e.Reason != journal.ReasonRefused {
				t.Fatalf("ended as %+v", e)
			}
			s.untilLanes(t, 0, 0, 0)
		})
	}
}

// A large body for which there is no descriptor is dispatched when there is one.
func TestLargeBodyWithoutADescriptor(t *testing.T) {
	st := newStore(t)
	tries := 0
	st.body.set(func(id journal.ID) ([]byte, error) {
		if tries++; tries < 3 {
			return nil, syscall.EMFILE
		}
		return st.Store.Body(id)
	})
	s := start(t, coldConfig(), st)
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	client.say(submit(1, largeBody("a")))
	expect[*wire.Accepted](client)
	if d := expect[*wire.Dispatch](worker); string(d.Body) != largeBody("a") {
		t.Errorf("dispatched with %d bytes", len(d.Body))
	}
}

// The retry of a task with a large body has a copy of it, which is made beside the
// loop and passes through no commit; asked for again, it is the same task.
func TestRetryOfALargeBody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	st := openStore(t, path)
	commitsNoLargePayload(t, st)
	s := start(t, coldConfig(), st)
	client, other := newClient(t, s), newClient(t, s)
	client.say(submit(1, largeBody("a")))
	id := expect[*wire.Accepted](client).Task
	client.say(&wire.Cancel{Req: 2, Task: id})
	expect[*wire.Ended](client)
	expect[*wire.Status](client)
	s.until(t, "the end is in the journal", func(*broker.Broker) bool {
		e, err := st.Get(id)
		return err == nil && e.Task.State.Ended()
	})

	entered, release := st.body.hold(st.Store.Body)
	retry := &wire.Resolve{Req: 3, Task: id, Verb: wire.ResolveRetry, NewKey: "again"}
	client.say(retry, retry)
	var made [2]journal.ID
	for i := range made {
		<-entered
		other.say(submit(i, "small"))
		expect[*wire.Accepted](other)
		release <- struct{}{}
		made[i] = expect[*wire.Status](client).Task.ID
	}
	if made[0] != made[1] || made[0] == id {
		t.Errorf("task %s is tried again as %s and as %s", id, made[0], made[1])
	}
	st.body.set(nil)
	if body, err := st.Body(made[0]); err != nil || string(body) != largeBody("a") {
		t.Errorf("the retry has a body of %d bytes, %v", len(body), err)
	}
	if err := errors.Join(s.stop(), st.Close()); err != nil {
		t.Fatal(err)
	}
	if n := blobFiles(t, path); n != 2 {
		t.Errorf("%d files, want the body and its copy", n)
	}
}

// A worker that leaves while the body of its task is being read is not sent it, and the
// task goes to another one.
func TestWorkerLeavesWhileABodyIsRead(t *testing.T) {
	st := newStore(t)
	entered, release := st.body.hold(st.Store.Body)
	s := start(t, coldConfig(), st)
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	client.say(submit(1, largeBody("a")))
	<-entered
	worker.say(&wire.Leave{})
	other := newWorker(t, s, "other", 1)
	<-entered
	s.untilLanes(t, 1, 0, len(largeBody("a"))) // that of the first one is gone
	release <- struct{}{}
	release <- struct{}{}
	d := expect[*wire.Dispatch](other)
	if d.Attempt != 2 || string(d.Body) != largeBody("a") {
		t.Errorf("attempt %d is dispatched with %d bytes", d.Attempt, len(d.Body))
	}
	other.say(&wire.Begun{Ref: d.Ref})
	s.untilLanes(t, 0, 0, 0)
}
