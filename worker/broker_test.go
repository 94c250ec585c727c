package worker_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/worker"
)

// broker is the other end of a worker's socket, played by the test itself.
type broker struct {
	testing.TB
	router   *zmq.Router
	endpoint string
	route    string // of who spoke last

	// heartbeatMS is what Welcome says. It is long, for the test sends no beats;
	// one that kills the broker makes it short, so that it is missed soon.
	heartbeatMS uint32
}

func newBroker(t testing.TB) *broker {
	t.Helper()
	b := &broker{TB: t, heartbeatMS: 60_000}
	b.listen("ipc://" + t.TempDir() + "/broker")
	b.endpoint = b.router.Endpoints()[0]
	t.Cleanup(b.kill)
	return b
}

// listen opens the socket. libzmq gives an endpoint free some time after the
// one before it was closed, and tells nobody when.
func (b *broker) listen(endpoint string) {
	b.Helper()
	router, err := zmq.Listen([]string{endpoint}, wire.MaxBody)
	for errors.Is(err, zmq.ErrAddressInUse) {
		runtime.Gosched()
		router, err = zmq.Listen([]string{endpoint}, wire.MaxBody)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.router = router
}

func (b *broker) restart() { b.listen(b.endpoint) }

// kill closes the socket without a word.
func (b *broker) kill() {
	if b.router == nil {
		return
	}
	if err := b.router.Close(); err != nil {
		b.Error(err)
	}
	b.router = nil
}

// running is a worker at work.
type running struct {
	*worker.Worker
	stop  context.CancelFunc
	ended chan error
}

// run starts a worker named w, and ends it with the test.
func (b *broker) run(cfg worker.Config) *running {
	b.Helper()
	cfg.Broker, cfg.Name = b.endpoint, "w"
	w, err := worker.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Worker: w, stop: cancel, ended: make(chan error, 1)}
	go func() {
		r.ended <- w.Run(ctx)
		close(r.ended)
	}()
	b.Cleanup(func() {
		cancel()
		r.HandBack()
		<-r.ended
	})
	return r
}

func (b *broker) send(m wire.Message) {
	b.Helper()
	if d, ok := m.(*wire.Dispatch); ok && d.Service == "" {
		d.Service = "w"
	}
	frames, err := wire.Encode(nil, wire.BCP2Worker, m)
	if err != nil {
		b.Fatal(err)
	}
	if err := b.router.Send(b.route, frames); err != nil {
		b.Fatal(err)
	}
}

// receive waits for the next message.
func (b *broker) receive() wire.Message {
	b.Helper()
	for {
		route, frames, err := b.router.Recv(nil)
		if errors.Is(err, zmq.ErrEmpty) {
			<-b.router.Readable()
			continue
		}
		if err != nil {
			b.Fatal(err)
		}
		if _, bundled := wire.IsBundle(frames); bundled {
			continue // an empty one: this broker sends none, so it gets no others
		}
		_, m, err := wire.Decode(frames, wire.ToBroker)
		if err != nil {
			b.Fatal(err)
		}
		b.route = route
		return m
	}
}

// next waits for a message of the type and passes over others.
func next[M wire.Message](b *broker) M {
	b.Helper()
	for {
		if m, ok := b.receive().(M); ok {
			return m
		}
	}
}

// outcomeOrLeave waits for either and leaves it at that.
func (b *broker) outcomeOrLeave() wire.Message {
	b.Helper()
	for {
		switch m := b.receive().(type) {
		case *wire.Outcome, *wire.Leave:
			return m
		}
	}
}

// outcome waits for an outcome and acknowledges it.
func (b *broker) outcome() *wire.Outcome {
	b.Helper()
	m := next[*wire.Outcome](b)
	b.send(&wire.OutcomeAck{Ref: m.Ref})
	return m
}

// welcome waits for a registration and accepts it.
func (b *broker) welcome() *wire.Register {
	b.Helper()
	m := next[*wire.Register](b)
	b.send(&wire.Welcome{Epoch: 1, HeartbeatMS: b.heartbeatMS, Liveness: 5, BodyMax: wire.MaxBody})
	return m
}

// give welcomes a worker, and gives it the first attempt.
func (b *broker) give() {
	b.Helper()
	b.welcome()
	b.send(&wire.Dispatch{Ref: first, Seq: 1})
}

// leaves waits for the farewell of a worker that ends in order.
func (b *broker) leaves(w *running) {
	b.Helper()
	next[*wire.Leave](b)
	if err := <-w.ended; err != nil {
		b.Error(err)
	}
}

// nothing is a handler that has nothing to do.
func nothing(context.Context, *worker.Task) ([]byte, error) { return nil, nil }
