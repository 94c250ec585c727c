package client

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmq"
	"bcp/broker/zmtp"
	"bcp/client/session"
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
	router, err := zmq.Listen([]string{"ipc://" + t.TempDir() + "/broker"}, wire.MaxBody)
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close()
	dealer, err := zmtp.NewDealer(router.Endpoints()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer dealer.Close()
	s := session.New(session.Config{Name: "s", Heartbeat: time.Hour})
	l := newLoop(&Client{welcome: make(chan error, 1)}, dealer, s, slog.New(slog.DiscardHandler))
	s.Connected(0)
	l.perform()
	route, _, err := router.Recv(nil)
	for ; errors.Is(err, zmq.ErrEmpty); route, _, err = router.Recv(nil) {
		<-router.Readable()
	}
	frames, wrong := wire.Encode(nil, wire.BCP2Client, &wire.Welcome{Epoch: 1})
	if err := errors.Join(err, wrong, router.Send(route, frames)); err != nil {
		t.Fatal(err)
	}
	<-dealer.Readable()
	l.at = 5 * time.Hour
	if l.tick(); s.Take(l.at).Reconnect {
		t.Error("the connection is given up, over which a word has come")
	}
}
