package client

import (
	"log/slog"
	"testing"
	"time"

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
