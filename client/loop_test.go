package client

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/broker/zmtp"
	"bcp/client/session"
	"bcp/journal"
)

// A turn may take long, as what it calls of its owner's does. What was due meanwhile is
// done at once.
func TestTimerAfterALongTurn(t *testing.T) {
	s := session.New(session.Config{Name: "s", Heartbeat: time.Hour})
	s.Connected(0)
	l := newLoop(&Client{}, nil, s, slog.New(slog.DiscardHandler))
	l.start = l.start.Add(-2 * time.Hour) // the turn that has begun at 0 ends now
	l.setTimer()
	select {
	case <-l.timer.C:
	case <-time.After(30 * time.Second):
		t.Error("the timer does not fire")
	}
}

// A client that was held up hears what has arrived before it takes the broker for silent.
func TestHeldUpClientHearsFirst(t *testing.T) {
	l, router := newTestLoop(t)
	frames, wrong := wire.Encode(nil, wire.BCP2Client, &wire.Welcome{Epoch: 1})
	if err := errors.Join(wrong, router.Send(nextRoute(t, router), frames)); err != nil {
		t.Fatal(err)
	}
	<-l.dealer.Readable()
	l.at = 5 * time.Hour
	if l.tick(); l.session.Take(l.at).Reconnect {
		t.Error("the connection is given up, over which a word has come")
	}
}

// Who gives a silent broker's connection up greets it over the next one in the same turn: a
// heartbeat later that is given up as well, if none may be missed.
func TestReconnectGreets(t *testing.T) {
	l, router := newTestLoop(t)
	first := nextRoute(t, router)
	l.at = 5 * time.Hour
	l.tick()
	l.perform()
	for nextRoute(t, router) == first {
	}
}

// A client may have more to say at once than the socket takes: it says all of it over this
// connection, and nothing again that has not left.
func TestMoreThanTheSocketTakes(t *testing.T) {
	const many = 2 * outboxMax
	l := newLoneLoop(t, session.Config{UnansweredMax: many}, slog.DiscardHandler)
	l.session.Step(0, &wire.Welcome{})
	for range many {
		l.session.Submit(l.now(), &wire.Submit{Spec: spec, Body: make([]byte, 128)}, newHandle(l.client))
	}
	l.perform()
	waiting := l.outbox.Waiting()
	if waiting <= outboxMax {
		t.Fatalf("%d messages wait of %d: the connection was given up", waiting, many)
	}
	l.at = time.Minute
	l.tick()
	if l.perform(); l.outbox.Waiting() != waiting {
		t.Errorf("%d messages wait, before they were %d", l.outbox.Waiting(), waiting)
	}
}

// Who gives a connection up that the broker doesn't read says so, and not that it is silent.
func TestReconnectSaysWhy(t *testing.T) {
	var log strings.Builder
	l := newLoneLoop(t, session.Config{}, slog.NewTextHandler(&log, nil))
	l.outbox.Send(&wire.Submit{Spec: spec, Body: make([]byte, 8<<20)}) // fills the socket's queue
	for range outboxMax + 1 {
		l.outbox.Send(&wire.Beat{})
	}
	if l.perform(); !strings.Contains(log.String(), "broker does not read: connecting again") {
		t.Errorf("it says %q", log.String())
	}
}

var spec = &journal.Spec{Key: "k", Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}}

// newLoneLoop makes a loop that greets a broker where nobody listens.
func newLoneLoop(t *testing.T, cfg session.Config, log slog.Handler) *loop {
	t.Helper()
	return newLoopTo(t, "ipc://"+t.TempDir()+"/nobody", cfg, log)
}

// newLoopTo makes a loop that is about to greet a broker, and takes no turns of its own.
func newLoopTo(t *testing.T, broker string, cfg session.Config, log slog.Handler) *loop {
	t.Helper()
	dealer, err := zmtp.NewDealer(broker)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dealer.Close)
	cfg.Name, cfg.Heartbeat = "s", time.Hour
	l := newLoop(&Client{welcome: make(chan error, 1)}, dealer, session.New(cfg), slog.New(log))
	l.session.Connected(0)
	return l
}

// newTestLoop makes a loop that has said Hello to the router.
func newTestLoop(t *testing.T) (*loop, *zmq.Router) {
	t.Helper()
	router, err := zmq.Listen([]string{"ipc://" + t.TempDir() + "/broker"}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = router.Close() })
	l := newLoopTo(t, router.Endpoints()[0], session.Config{}, slog.DiscardHandler)
	l.perform()
	return l, router
}

// nextRoute returns the route over which the next message comes.
func nextRoute(t *testing.T, router *zmq.Router) string {
	t.Helper()
	for late := time.After(30 * time.Second); ; {
		route, _, err := router.Recv(nil)
		if err == nil {
			return route
		}
		select {
		case <-router.Readable():
		case <-late:
			t.Fatal("nothing comes")
		}
	}
}
