package server_test

import (
	"context"
	"errors"
	"testing"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
)

// While somebody is alone with the journal the loop takes in, and nothing is committed or
// told; then all of it is.
func TestAlone(t *testing.T) {
	st := newStore(t)
	s := start(t, testConfig(), st)
	client := newClient(t, s)
	client.say(submit(1, "body"))
	expect[*wire.Accepted](client)

	entered, release := make(chan uint64), make(chan struct{})
	broken, done := errors.New("broken"), make(chan error)
	go func() {
		done <- s.Alone(t.Context(), func() error {
			entered <- st.synced.Load()
			<-release
			return broken
		})
	}()
	synced := <-entered
	for n := range 5 {
		client.say(submit(n+2, "body"))
	}
	told, looks := make(chan error), 0
	for n := 0; n < 6; looks++ {
		seen := make(chan int)
		go func() {
			told <- s.Inspect(t.Context(), func(_ broker.Instant, b *broker.Broker) { seen <- b.Stats().Pending })
		}()
		n = <-seen
	}
	select {
	case err := <-told:
		t.Errorf("told what isn't durable: %v", err)
	default:
	}
	if n := st.synced.Load(); n != synced {
		t.Errorf("%d commits meanwhile", n-synced)
	}
	close(release)
	if err := <-done; !errors.Is(err, broken) {
		t.Errorf("Alone returned %v", err)
	}
	for range 5 {
		expect[*wire.Accepted](client)
	}
	for range looks {
		if err := <-told; err != nil {
			t.Error(err)
		}
	}
}

// The end waits for who is alone, and nobody is afterwards.
func TestAloneAtTheEnd(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	entered, release := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- s.Alone(t.Context(), func() error {
			close(entered)
			<-release
			return nil
		})
	}()
	<-entered
	s.cancel()
	select {
	case err := <-s.ended:
		t.Fatalf("it ended: %v", err)
	default:
	}
	close(release)
	if err := <-done; err != nil {
		t.Errorf("Alone returned %v", err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	ran := false
	err := s.Alone(context.Background(), func() error { ran = true; return nil })
	if ran || !errors.Is(err, server.ErrStopped) {
		t.Errorf("Alone after the end: %v, it ran: %v", err, ran)
	}
}
