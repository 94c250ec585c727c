package client_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/client"
	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/worker"
)

// patience is how long a test waits for what must happen before it gives up.
const patience = 30 * time.Second

// testBroker is a broker with a journal on disk that can be started again on
// the same address.
type testBroker struct {
	t       testing.TB
	beat    time.Duration
	path    string
	address string
	cancel  context.CancelFunc
	ended   chan error
}

func startBroker(t testing.TB) *testBroker {
	t.Helper()
	return startBeating(t, 50*time.Millisecond)
}

// startBeating starts a broker with a heartbeat, of which 20 may be missed. Nobody connects
// from its address, and takes its port while it is away.
func startBeating(t testing.TB, beat time.Duration) *testBroker {
	t.Helper()
	b := &testBroker{t: t, beat: beat, path: filepath.Join(t.TempDir(), "bcp.db"), address: "tcp://127.0.0.2:*"}
	b.start()
	t.Cleanup(b.stop)
	return b
}

func (b *testBroker) start() {
	b.t.Helper()
	store, err := bolt.Open(b.path, bolt.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	s := b.listen(store)
	b.address = s.Endpoints()[0]
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel, b.ended = cancel, make(chan error, 1)
	go func() { b.ended <- errors.Join(s.Run(ctx), store.Close()) }()
}

// listen makes the server. libzmq closes a socket at its leisure, so that the
// address of the last one may be in use for a moment.
func (b *testBroker) listen(store journal.Store) *server.Server {
	b.t.Helper()
	cfg := server.Config{Core: broker.Config{
		Heartbeat: b.beat, Liveness: 20, ReattachGrace: patience,
	}, Listen: []string{b.address}}
	for deadline := time.Now().Add(patience); ; runtime.Gosched() {
		s, err := server.New(cfg, store, slog.New(slog.DiscardHandler))
		if err == nil {
			return s
		}
		if !errors.Is(err, zmq.ErrAddressInUse) || time.Now().After(deadline) {
			b.t.Fatal(err)
		}
	}
}

// stop ends the broker. The second time it does nothing.
func (b *testBroker) stop() {
	if b.cancel == nil {
		return
	}
	b.cancel()
	b.cancel = nil
	if err := <-b.ended; err != nil {
		b.t.Errorf("broker: %v", err)
	}
}

func (b *testBroker) restart() {
	b.t.Helper()
	b.stop()
	b.start()
}

// dial connects a client that is closed when the test ends.
func dial(t testing.TB, b *testBroker, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.Dial(within(t), b.address, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close the client: %v", err)
		}
	})
	return c
}

// within returns a context that ends when the test's patience does.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// await returns what comes next on a channel.
func await[T any](t testing.TB, from <-chan T) (next T) {
	t.Helper()
	select {
	case next = <-from:
	case <-within(t).Done():
		t.Fatal("waited in vain for what happens next")
	}
	return next
}

// isCode tells whether the broker has refused something with this code.
func isCode(err error, code wire.Code) bool {
	var refused *wire.Error
	return errors.As(err, &refused) && refused.Code == code
}

// startWorker makes a worker that echoes.
func startWorker(t testing.TB, b *testBroker, name string) {
	t.Helper()
	serve(t, b, name, echoes)
}

// serve makes a worker that serves "echo" in its own way; it ends with the test.
func serve(t testing.TB, b *testBroker, name string, handler worker.Handler) {
	t.Helper()
	serveSlots(t, b, name, 64, handler)
}

func serveSlots(t testing.TB, b *testBroker, name string, slots int, handler worker.Handler) {
	t.Helper()
	run(t, worker.Config{
		Broker: b.address, Name: name, Services: []string{"echo"}, Slots: slots,
		Handler: handler, DrainTimeout: -1,
	})
}

// run makes a worker that ends with the test.
func run(t testing.TB, cfg worker.Config) {
	t.Helper()
	w, err := worker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() { gone <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-gone; err != nil {
			t.Errorf("worker: %v", err)
		}
	})
}

// echoes does what the body says: "fail" fails, "hold" runs until it is
// stopped, anything else comes back as the result.
func echoes(ctx context.Context, task *worker.Task) ([]byte, error) {
	switch string(task.Body) {
	case "hold":
		if err := task.Set("rows", "50"); err != nil {
			return nil, err
		}
		task.Progress(0.5, "half")
		<-ctx.Done()
		return nil, ctx.Err()
	case "fail":
		return nil, errors.New("as told")
	}
	return task.Body, nil
}
