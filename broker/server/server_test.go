package server_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/journal"
)

func TestTaskFromSubmitToEnd(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	worker := newWorker(t, s, "w", 1)

	client.say(submit(1, "1+1"))
	id := expect[*wire.Accepted](client).Task
	d := expect[*wire.Dispatch](worker)
	if d.Task != id || string(d.Body) != "1+1" || d.Service != "sums" {
		t.Fatalf("dispatched %+v", d)
	}
	worker.say(&wire.Begun{Ref: d.Ref})
	expect[*wire.Started](client)
	worker.say(&wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictDone, Payload: []byte("2")})
	expect[*wire.OutcomeAck](worker)
	if e := expect[*wire.Ended](client); e.State != journal.Done || string(e.Result) != "2" {
		t.Fatalf("ended as %+v", e)
	}
	if result, err := st.Result(id); err != nil || string(result) != "2" {
		t.Fatalf("the journal has %q, %v", result, err)
	}
	client.say(&wire.EndedAck{Task: id}, &wire.Wait{Req: 2, Tasks: []journal.ID{id}})
	if e := expect[*wire.Ended](client); string(e.Result) != "2" {
		t.Fatalf("told again as %+v", e)
	}
}

func TestRestartTakesTasksUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	first := openStore(t, path)
	s := start(t, testConfig(), first)
	client, worker := newClient(t, s), newWorker(t, s, "w", 1)
	client.say(submit(1, "one"), submit(2, "two"))
	expect[*wire.Accepted](client)
	expect[*wire.Accepted](client)
	d := expect[*wire.Dispatch](worker)

	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	expect[*wire.Leave](client)
	expect[*wire.Leave](worker)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	s = start(t, testConfig(), openStore(t, path))
	counts := map[journal.State]int{}
	for _, found := range s.Report().Found {
		counts[found.State] = found.Tasks
	}
	if counts[journal.Pending] != 1 || counts[journal.Dispatched] != 1 {
		t.Fatalf("found %v", counts)
	}
	worker = dial(t, s, wire.BCP2Worker)
	worker.say(&wire.Register{
		Name: "w", Instance: [16]byte{1}, Slots: 2, Services: []string{"sums"},
		Inventory: []wire.Item{{Ref: d.Ref, Phase: wire.PhaseTaken}},
	})
	expect[*wire.Welcome](worker)
	if again := expect[*wire.Dispatch](worker); string(again.Body) != "two" {
		t.Fatalf("dispatched %q", again.Body)
	}
}

// Whoever is told anything finds it in the journal, however fast it goes.
func TestOrderUnderLoad(t *testing.T) {
	const tasks = 4000
	st := newStore(t)
	s := start(t, testConfig(), st)
	employ(t, s, 4, 64)
	client := newClient(t, s)

	accepted, running, ended := map[journal.ID]bool{}, map[journal.ID]bool{}, 0
	next := func() {
		switch m := client.hear().(type) {
		case *wire.Accepted:
			accepted[m.Task] = true
			if int(m.Req) != len(accepted) {
				t.Fatalf("accepted %d after %d", m.Req, len(accepted)-1)
			}
			inJournal(t, st, m.Task, journal.Pending)
		case *wire.Started:
			running[m.Task] = true
			inJournal(t, st, m.Task, journal.Running)
			if !accepted[m.Task] {
				t.Fatalf("task %s was started before it was accepted", m.Task)
			}
		case *wire.Ended:
			ended++
			inJournal(t, st, m.Task, journal.Done)
			if !running[m.Task] {
				t.Fatalf("task %s ended before it was started", m.Task)
			}
			client.say(&wire.EndedAck{Task: m.Task})
		default:
			t.Fatalf("heard %T %+v", m, m)
		}
	}
	for i := range tasks {
		client.say(submit(i+1, "body"))
		if i >= 1000 { // as many as may wait
			next()
		}
	}
	for ended < tasks {
		next()
	}
}

// inJournal checks that the task has got at least so far.
func inJournal(t *testing.T, st *store, id journal.ID, state journal.State) {
	t.Helper()
	e, err := st.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	if e.Task.State < state {
		t.Fatalf("told that task %s is %v: the journal says %v", id, state, e.Task.State)
	}
}

var errBroken = errors.New("disk is on fire")

// The commit's outcome is unknown: nobody may be told anything, also not after
// a restart of the socket.
func TestFailedCommitAnswersNobody(t *testing.T) {
	st := newStore(t)
	cfg := testConfig()
	cfg.Listen = []string{"ipc://" + filepath.Join(t.TempDir(), "broker")}
	s := start(t, cfg, st)
	client := newClient(t, s)
	st.beforeCommit(func([]journal.Record) error { return errBroken })
	client.say(submit(1, "body"))

	if err := s.wait(); !errors.Is(err, errBroken) {
		t.Fatalf("Run returned %v", err)
	}
	if err := s.Inspect(t.Context(), func(broker.Instant, *broker.Broker) {}); !errors.Is(err, server.ErrFailed) {
		t.Errorf("Inspect returned %v", err)
	}
	heardNothing(t, client, s)
}

// heardNothing checks that what the peer hears first is the word of another
// router on the server's endpoint.
func heardNothing(t *testing.T, p *peer, s *running) {
	t.Helper()
	other := listenWhenFree(t, s.Endpoints()[0])
	defer other.Close()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		p.sayFrames([][]byte{[]byte("ping")}) // what goes into the connection that ends is lost
		route, _, err := other.Recv(nil)
		if errors.Is(err, zmq.ErrEmpty) {
			select {
			case <-other.Readable():
			case <-again.C:
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Send(route, [][]byte{[]byte("pong")}); err != nil {
			t.Fatal(err)
		}
		break
	}
	if frames := p.hearFrames(); string(frames[0]) != "pong" {
		t.Fatalf("heard %q", frames)
	}
}

// listenWhenFree listens on an endpoint that libzmq may still be closing.
func listenWhenFree(t *testing.T, endpoint string) *zmq.Router {
	t.Helper()
	for deadline := time.Now().Add(patience); ; runtime.Gosched() {
		router, err := zmq.Listen([]string{endpoint}, wire.MaxBody)
		if err == nil {
			return router
		}
		if !errors.Is(err, zmq.ErrAddressInUse) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// manyWait submits more tasks than the loop commits itself, for a worker that takes all of
// them at once when it comes.
func manyWait(t *testing.T, s *running) (tasks int, come func() *peer) {
	t.Helper()
	client := newClient(t, s)
	for tasks < 200 {
		tasks++
		client.say(submit(tasks, "body"))
		expect[*wire.Accepted](client)
	}
	return tasks, func() *peer {
		worker := dial(t, s, wire.BCP2Worker)
		worker.say(&wire.Register{Name: "w", Instance: [16]byte{1}, Slots: uint32(tasks), Services: []string{"sums"}})
		return worker
	}
}

// A large batch is committed beside the loop, which goes on meanwhile, but
// tells nothing of it.
func TestLargeBatchIsCommittedBesideTheLoop(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	tasks, come := manyWait(t, s)
	entered, release := make(chan int, 1), make(chan struct{})
	st.beforeCommit(func(records []journal.Record) error {
		entered <- len(records)
		<-release
		return nil
	})
	worker := come()
	if n := <-entered; n != tasks {
		t.Fatalf("a commit of %d records", n)
	}

	looked, told := make(chan int), make(chan error)
	synced := st.synced.Load()
	go func() {
		told <- s.Inspect(t.Context(), func(_ broker.Instant, b *broker.Broker) { looked <- b.Stats().Dispatched })
	}()
	if n := <-looked; n != tasks {
		t.Errorf("%d tasks are dispatched", n)
	}
	select {
	case err := <-told:
		t.Errorf("told before the commit: %v", err)
	default:
	}
	close(release)
	if err := <-told; err != nil || st.synced.Load() == synced {
		t.Errorf("told after %d commits, %v", st.synced.Load()-synced, err)
	}
	expect[*wire.Welcome](worker)
	for range tasks {
		expect[*wire.Dispatch](worker)
	}
}

func TestFailedCommitBesideTheLoop(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	_, come := manyWait(t, s)
	st.beforeCommit(func([]journal.Record) error { return errBroken })
	come()
	if err := s.wait(); !errors.Is(err, errBroken) {
		t.Fatalf("Run returned %v", err)
	}
}

// Whether the task was accepted is unknown, and that is what the asker is told.
func TestFailedCommitTellsTheAsker(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	st.beforeCommit(func([]journal.Record) error { return errBroken })
	err := s.Ask(t.Context(), submit(1, "body"), func(m wire.Message) (bool, error) {
		t.Errorf("heard %T", m)
		return true, nil
	})
	if !errors.Is(err, server.ErrFailed) {
		t.Errorf("Ask returned %v", err)
	}
	if err := s.wait(); !errors.Is(err, errBroken) {
		t.Errorf("Run returned %v", err)
	}
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	client := dial(t, s, wire.BCP2Client)
	tooMany := make([][]byte, wire.MaxFrames+1)
	tooMany[0] = []byte("BCPC02\x01")
	for _, frames := range [][][]byte{
		{[]byte("BCPC02")}, {[]byte("BCPC02\xff")}, {[]byte("BCPC02\x01"), nil, nil}, tooMany,
	} {
		client.sayFrames([][]byte{[]byte("who knows")}) // what it speaks: no answer
		client.sayFrames(frames)
		expect[*wire.Refuse](client)
	}
	client.say(&wire.Hello{Session: "still-served"})
	expect[*wire.Welcome](client)
}

func TestVanishedWorkerLosesItsPlace(t *testing.T) {
	t.Run("single", func(t *testing.T) { testVanishedWorker(t, func(*peer) {}) })
	t.Run("bundles", func(t *testing.T) {
		testVanishedWorker(t, func(p *peer) { p.sayFrames([][]byte{wire.EmptyBundle(p.dialect)}) })
	})
}

func testVanishedWorker(t *testing.T, last func(*peer)) {
	s := start(t, testConfig(), newStore(t))
	client := newClient(t, s)
	gone := newWorker(t, s, "gone", wire.MaxSlots)
	last(gone)
	gone.close()
	for req := 1; ; req++ { // libzmq takes messages for a connection until it sees it closed
		client.say(&wire.Submit{Req: uint32(req), Spec: spec()})
		expect[*wire.Accepted](client)
		live := 0
		err := s.Inspect(t.Context(), func(_ broker.Instant, b *broker.Broker) { live = b.Stats().Workers })
		if err != nil {
			t.Fatal(err)
		}
		if live == 0 {
			return
		}
	}
}

// A result that is pruned while its end is being told: the client does not wait
// for what nobody has any more.
func TestPrunedResult(t *testing.T) {
	st := newStore(t)
	st.result.set(func(journal.ID) ([]byte, error) { return nil, journal.ErrNotFound })
	s := start(t, testConfig(), st)
	employ(t, s, 1, 1)
	client := newClient(t, s)
	client.say(&wire.Submit{Req: 1, Spec: spec(), Quiet: true})
	task := expect[*wire.Accepted](client).Task
	s.until(t, "done", func(b *broker.Broker) bool { return b.Stats().Done == 1 })
	client.say(&wire.Wait{Req: 2, Tasks: []journal.ID{task}})
	if m := expect[*wire.Refuse](client); m.Code != wire.CodeGone || m.Text != task.String() {
		t.Errorf("refused with %v, %q", m.Code, m.Text)
	}
}

func TestPruningKeepsTheLast(t *testing.T) {
	const tasks, keep = 1000, 10
	st := newStore(t)
	cfg := testConfig()
	cfg.KeepCount = keep
	s := start(t, cfg, st)
	employ(t, s, 1, 64)
	client := newClient(t, s)
	for i := range tasks {
		client.say(&wire.Submit{Req: uint32(i), Spec: spec(), Quiet: true})
		expect[*wire.Accepted](client)
	}
	s.until(t, "all done", func(b *broker.Broker) bool { return b.Stats().Done == tasks })
	s.until(t, "pruned", func(*broker.Broker) bool { return st.Meta().Ended < tasks/2 })
	if st.pruned.Load() == 0 {
		t.Error("no step of pruning was part of a commit")
	}
}

func TestNewErrors(t *testing.T) {
	st := newStore(t)
	for name, change := range map[string]func(*server.Config){
		"listen":    func(c *server.Config) { c.Listen = nil },
		"nowhere":   func(c *server.Config) { c.Listen = []string{"nowhere"} },
		"heartbeat": func(c *server.Config) { c.Core.Heartbeat = -1 },
	} {
		cfg := testConfig()
		change(&cfg)
		if _, err := server.New(cfg, st, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A router that is bound already is served, and closed by New if it fails.
func TestRouterThatIsBound(t *testing.T) {
	for _, fails := range []bool{false, true} {
		cfg := testConfig()
		path := filepath.Join(t.TempDir(), "broker")
		router, err := zmq.Listen([]string{"ipc://" + path}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.Router = router; !fails {
			newClient(t, start(t, cfg, newStore(t)))
			continue
		}
		cfg.Core.Heartbeat = -1
		_, err = server.New(cfg, newStore(t), nil)
		if _, there := os.Stat(path); err == nil || !errors.Is(there, fs.ErrNotExist) {
			t.Errorf("%v, and its file: %v", err, there)
		}
	}
}
