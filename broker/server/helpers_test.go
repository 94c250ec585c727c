package server_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/journal"
	"bcp/journal/bolt"
)

// patience is how long a test waits for what must happen before it gives up.
const patience = 30 * time.Second

// store is a real journal whose commits can be held and made to fail.
type store struct {
	*bolt.Store
	before atomic.Pointer[func([]journal.Record) error] // runs before each commit
	body   hook[journal.ID, []byte]                     // instead of the journal's, if set
	result hook[journal.ID, []byte]                     // likewise
	stage  hook[[]byte, journal.Blob]                   // likewise
	room   atomic.Pointer[journal.Room]                 // likewise
	looks  atomic.Int64                                 // at the room
	pruned atomic.Uint64                                // commits of records that pruned
	synced atomic.Uint64                                // commits that have returned
}

// hook is a function that a test may set and take back while a server runs.
type hook[A, R any] struct {
	fn atomic.Pointer[func(A) (R, error)]
}

// set has fn called from now on; nil takes the one before back.
func (h *hook[A, R]) set(fn func(A) (R, error)) {
	if fn == nil {
		h.fn.Store(nil)
	} else {
		h.fn.Store(&fn)
	}
}

func (h *hook[A, R]) isSet() bool { return h.fn.Load() != nil }

// hold has each call tell so, and wait until it is let go, before it does what other does.
func (h *hook[A, R]) hold(other func(A) (R, error)) (entered <-chan struct{}, release chan<- struct{}) {
	in, out := make(chan struct{}, holdsMax), make(chan struct{})
	h.set(func(a A) (R, error) {
		in <- struct{}{}
		<-out
		return other(a)
	})
	return in, out
}

// holdsMax is how many calls may tell that they wait before the test looks.
const holdsMax = 9

// or calls the function, or the other one if there is none.
func (h *hook[A, R]) or(other func(A) (R, error), a A) (R, error) {
	if fn := h.fn.Load(); fn != nil {
		return (*fn)(a)
	}
	return other(a)
}

func (s *store) Commit(records []journal.Record) error {
	return s.commit(records, func() error { return s.Store.Commit(records) })
}

func (s *store) CommitAndPrune(records []journal.Record, r journal.Retention, limit int) (forgot int, damage, err error) {
	err = s.commit(records, func() (err error) {
		forgot, damage, err = s.Store.CommitAndPrune(records, r, limit)
		if len(records) > 0 && forgot > 0 {
			s.pruned.Add(1)
		}
		return err
	})
	return forgot, damage, err
}

func (s *store) commit(records []journal.Record, write func() error) error {
	if before := s.before.Load(); before != nil && len(records) > 0 {
		if err := (*before)(records); err != nil {
			return err
		}
	}
	err := write()
	s.synced.Add(1)
	return err
}

// beforeCommit has fn run before each commit from now on; its error is the commit's.
func (s *store) beforeCommit(fn func(records []journal.Record) error) { s.before.Store(&fn) }

// commitsNoLargePayload fails the test when a large payload passes through a commit.
func commitsNoLargePayload(t *testing.T, st *store) {
	st.beforeCommit(func(records []journal.Record) error {
		for i := range records {
			if len(records[i].Payload) > 1000 {
				t.Errorf("a record has a payload of %d bytes", len(records[i].Payload))
			}
		}
		return nil
	})
}

func (s *store) Body(id journal.ID) ([]byte, error) { return s.body.or(s.Store.Body, id) }

func (s *store) Result(id journal.ID) ([]byte, error) { return s.result.or(s.Store.Result, id) }

func (s *store) BodyOrBlob(id journal.ID) ([]byte, journal.Blob, error) {
	body, blob, err := s.Store.BodyOrBlob(id)
	if blob.IsZero() && s.body.isSet() {
		body, err = s.Body(id)
	}
	return body, blob, err
}

func (s *store) ResultOrBlob(id journal.ID) ([]byte, journal.Blob, error) {
	result, blob, err := s.Store.ResultOrBlob(id)
	if blob.IsZero() && s.result.isSet() {
		result, err = s.Result(id)
	}
	return result, blob, err
}

func (s *store) Stage(payload []byte) (journal.Blob, error) {
	return s.stage.or(s.Store.Stage, payload)
}

func (s *store) Room() (journal.Room, error) {
	s.looks.Add(1)
	if r := s.room.Load(); r != nil {
		return *r, nil
	}
	return s.Store.Room()
}

func openStore(t testing.TB, path string) *store {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{Log: 1 << 20}) // smaller than a broker's
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the journal: %v", err)
		}
	})
	return &store{Store: s}
}

func newStore(t testing.TB) *store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "journal"))
}

// testConfig has a long heartbeat: a test's peers don't beat.
func testConfig() server.Config {
	return server.Config{
		Core:   broker.Config{Heartbeat: time.Hour, ReattachGrace: time.Hour},
		Listen: []string{"tcp://127.0.0.1:*"},
	}
}

// coldConfig is testConfig with room in memory for small bodies alone.
func coldConfig() server.Config {
	cfg := testConfig()
	cfg.CacheBytes = journal.BlobMin
	return cfg
}

// running is a server whose Run is under way.
type running struct {
	*server.Server
	cancel context.CancelFunc
	ended  chan error
}

func start(t testing.TB, cfg server.Config, st journal.Store) *running {
	t.Helper()
	return startLogging(t, cfg, st, slog.DiscardHandler)
}

func startLogging(t testing.TB, cfg server.Config, st journal.Store, log slog.Handler) *running {
	t.Helper()
	s, err := server.New(cfg, st, slog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Server: s, cancel: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- s.Run(ctx) }()
	t.Cleanup(func() { r.stop() })
	return r
}

// stop ends the server and returns what Run did; nil the second time.
func (r *running) stop() error {
	r.cancel()
	return r.wait()
}

func (r *running) wait() error {
	select {
	case err, ok := <-r.ended:
		if ok {
			close(r.ended)
		}
		return err
	case <-time.After(patience):
		return errors.New("Run did not return")
	}
}

// until looks into the loop again and again until the condition holds.
func (r *running) until(t *testing.T, what string, condition func(b *broker.Broker) bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); runtime.Gosched() {
		ok := false
		err := r.Inspect(t.Context(), func(_ broker.Instant, b *broker.Broker) { ok = condition(b) })
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			return
		}
	}
	t.Fatalf("never came: %s", what)
}

// peer is a client or worker of a few words.
type peer struct {
	t       testing.TB
	dialect wire.Dialect
	dealer  *zmtp.Dealer
}

func dial(t testing.TB, s *running, dialect wire.Dialect) *peer {
	t.Helper()
	dealer, err := zmtp.NewDealer(s.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, dialect: dialect, dealer: dealer}
	t.Cleanup(p.close)
	return p
}

func (p *peer) close() {
	if p.dealer != nil {
		p.dealer.Close()
	}
	p.dealer = nil
}

func (p *peer) say(messages ...wire.Message) {
	p.t.Helper()
	for _, m := range messages {
		frames, err := wire.Encode(nil, p.dialect, m)
		if err != nil {
			p.t.Fatalf("encode %T: %v", m, err)
		}
		p.sayFrames(frames)
	}
}

func (p *peer) sayFrames(frames [][]byte) {
	p.t.Helper()
	for {
		err := p.dealer.Send(frames)
		p.dealer.Flush()
		if err == nil {
			return
		}
		if !errors.Is(err, zmtp.ErrCongested) {
			p.t.Fatal(err)
		}
		runtime.Gosched()
	}
}

// hear returns the next message.
func (p *peer) hear() wire.Message {
	p.t.Helper()
	frames := p.hearFrames()
	_, m, err := wire.Decode(frames, wire.ToPeer)
	if err != nil {
		p.t.Fatalf("decode %q: %v", frames, err)
	}
	return m
}

func (p *peer) hearFrames() [][]byte {
	p.t.Helper()
	for {
		frames, err := p.dealer.Recv(nil)
		if err == nil {
			return frames
		}
		if !errors.Is(err, zmtp.ErrEmpty) {
			p.t.Fatal(err)
		}
		select {
		case <-p.dealer.Readable():
		case <-time.After(patience):
			p.t.Fatal("nothing was heard")
		}
	}
}

// expect returns the next message, which must be an M.
func expect[M wire.Message](p *peer) M {
	p.t.Helper()
	got := p.hear()
	m, ok := got.(M)
	if !ok {
		p.t.Fatalf("heard %T %+v, want %T", got, got, m)
	}
	return m
}

func newClient(t testing.TB, s *running) *peer {
	t.Helper()
	p := dial(t, s, wire.BCP2Client)
	p.say(&wire.Hello{Session: fmt.Sprintf("client-%p", p)})
	expect[*wire.Welcome](p)
	return p
}

func newWorker(t testing.TB, s *running, name string, slots int) *peer {
	t.Helper()
	p := dial(t, s, wire.BCP2Worker)
	p.say(&wire.Register{Name: name, Instance: [16]byte{1}, Slots: uint32(slots), Services: []string{"sums"}})
	expect[*wire.Welcome](p)
	return p
}

func submit(req int, body string) *wire.Submit {
	return &wire.Submit{Req: uint32(req), WantStart: true, Body: []byte(body), Spec: spec()}
}

func spec() *journal.Spec {
	return &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "sums"}, Tries: 1}
}

// work does what it is sent until told to stop, and hands in each body as its result.
func (p *peer) work(stop <-chan struct{}) {
	for {
		frames, err := p.dealer.Recv(nil)
		if errors.Is(err, zmtp.ErrEmpty) {
			select {
			case <-p.dealer.Readable():
				continue
			case <-stop:
				return
			}
		}
		if err != nil {
			p.t.Error(err)
			return
		}
		_, m, err := wire.Decode(frames, wire.ToPeer)
		if err != nil {
			p.t.Error(err)
			return
		}
		if d, ok := m.(*wire.Dispatch); ok {
			p.say(&wire.Begun{Ref: d.Ref}, &wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictDone, Payload: d.Body})
		}
	}
}

// employ lets so many workers work until the test ends.
func employ(t *testing.T, s *running, workers, slots int) {
	t.Helper()
	for i := range workers {
		p := newWorker(t, s, fmt.Sprintf("worker-%d", i), slots)
		stop, gone := make(chan struct{}), make(chan struct{})
		go func() { defer close(gone); p.work(stop) }()
		t.Cleanup(func() { close(stop); <-gone })
	}
}
