package server_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// batchRecordsMax is what one commit may hold here: what fills a batch, and one
// message more.
const batchRecordsMax = 16<<10 + wire.MaxBatch

// submitBatch makes a batch of tasks, each with a body of its own.
func submitBatch(req, tasks int) *wire.SubmitBatch {
	m := &wire.SubmitBatch{Req: uint32(req), Submits: make([]wire.Submit, tasks)}
	for i := range m.Submits {
		m.Submits[i] = *submit(0, fmt.Sprintf("%d/%d", req, i))
	}
	return m
}

// A batch is in one commit, however many come at a time, and a commit has no
// more of them than fit.
func TestBatchIsOneCommit(t *testing.T) {
	const batches, tasks = 6, 6000
	st := newStore(t)
	var mu sync.Mutex
	var commits []int
	release := make(chan struct{})
	st.beforeCommit(func(records []journal.Record) error {
		<-release
		mu.Lock()
		defer mu.Unlock()
		commits = append(commits, len(records))
		return nil
	})
	s := start(t, testConfig(), st)
	client := dial(t, s, wire.BCP2Client)
	client.say(&wire.Hello{Session: "s"})
	for i := range batches {
		client.say(submitBatch(i+1, tasks))
	}
	close(release)
	expect[*wire.Welcome](client)
	for i := range batches {
		m := expect[*wire.BatchAccepted](client)
		if int(m.Req) != i+1 || len(m.Accepted) != tasks {
			t.Fatalf("answer %d to %d tasks: want %d", m.Req, len(m.Accepted), i+1)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, n := range commits {
		if n%tasks != 0 || n > batchRecordsMax {
			t.Errorf("commits of %v records: whole batches of %d tasks are meant, and at most %d records", commits, tasks, batchRecordsMax)
			break
		}
	}
}

// A small message may have much to commit. However many come at a time, by themselves, in a
// bundle or behind a large body, a commit has no more of them than fit.
func TestSmallMessagesWithMuchToCommit(t *testing.T) {
	const inBatch, inTightBatch = 16 << 10, 64 // the latter while the disk is full
	for name, c := range map[string]struct {
		messages, most int
		say            func(s *running, st *store, client *peer, changes []wire.Message)
	}{
		"alone": {200, inBatch + wire.MaxChange, func(_ *running, _ *store, client *peer, changes []wire.Message) {
			client.say(changes...)
		}},
		"in a bundle": {4, inTightBatch + wire.MaxChange, func(s *running, st *store, client *peer, changes []wire.Message) {
			s.setRoom(t, st, tightRoom, true)
			client.sayFrames(client.bundleOf(changes...))
		}},
		"behind a large body": {200, inBatch + wire.MaxChange, func(_ *running, st *store, client *peer, changes []wire.Message) {
			begun, release := blockStaging(st)
			client.sayLarge(1, "a")
			<-begun
			client.say(changes...)
			client.taken()
			close(release)
			expect[*wire.Accepted](client)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			st := newStore(t)
			s := start(t, testConfig(), st)
			client := newClient(t, s)
			client.say(submitBatch(1, wire.MaxChange))
			tasks := expect[*wire.BatchAccepted](client).Accepted
			var most atomic.Int64
			st.beforeCommit(func(records []journal.Record) error {
				most.Store(max(most.Load(), int64(len(records))))
				return nil
			})
			c.say(s, st, client, holdAndRelease(tasks, c.messages))
			for changed := 0; changed < c.messages; {
				heard, _ := client.hearEach()
				changed += len(heard)
			}
			if n := int(most.Load()); n < wire.MaxChange || n > c.most {
				t.Errorf("%d records in one commit: %d to %d are meant", n, wire.MaxChange, c.most)
			}
		})
	}
}

// holdAndRelease makes n changes, each of all tasks.
func holdAndRelease(tasks []wire.Accepted, n int) (changes []wire.Message) {
	for i := range n {
		m := &wire.Change{Req: uint32(i + 1), Do: []wire.ChangeDo{wire.ChangeHold, wire.ChangeRelease}[i%2]}
		for _, a := range tasks {
			m.Tasks = append(m.Tasks, a.Task)
		}
		changes = append(changes, m)
	}
	return changes
}

// Of the largest batch every task is in the journal with its own body, also after
// a restart.
func TestLargestBatch(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	m := submitBatch(1, wire.MaxBatch)
	for i := range m.Submits {
		if i+1 < len(m.Submits) { // each waits for the next one: the last can go
			m.Submits[i].Spec.After = []journal.Dependency{{Task: wire.BatchRef(i + 1), Wants: journal.WantsDone}}
		}
	}
	client.say(m)
	accepted := expect[*wire.BatchAccepted](client).Accepted
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	for i, a := range accepted {
		body, err := st.Store.Body(a.Task)
		if want := fmt.Sprintf("1/%d", i); err != nil || string(body) != want {
			t.Fatalf("task %d has body %q, error %v: want %q", i, body, err, want)
		}
	}
	s = start(t, testConfig(), st)
	worker := newWorker(t, s, "w", 2)
	if d := expect[*wire.Dispatch](worker); d.Task != accepted[wire.MaxBatch-1].Task {
		t.Errorf("task %s is dispatched: want the last one, %s", d.Task, accepted[wire.MaxBatch-1].Task)
	}
}
