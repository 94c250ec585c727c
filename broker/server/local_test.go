package server_test

import (
	"context"
	"errors"
	"testing"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/journal"
)

func TestAskIsAnsweredUntilDone(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	employ(t, s, 1, 1)
	var heard []wire.Message
	err := s.Ask(t.Context(), submit(1, "body"), func(m wire.Message) (bool, error) {
		heard = append(heard, m)
		_, ended := m.(*wire.Ended)
		return ended, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(heard) != 3 {
		t.Fatalf("heard %d messages", len(heard))
	}
	if e := heard[2].(*wire.Ended); e.State != journal.Done || string(e.Result) != "body" {
		t.Errorf("ended as %+v", e)
	}
	s.until(t, "the peer has left", func(b *broker.Broker) bool { return b.Stats().Sessions == 0 })
}

func TestAskReadsAPastResult(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	employ(t, s, 1, 1)
	var id journal.ID
	until := func(m wire.Message) (bool, error) {
		e, ok := m.(*wire.Ended)
		if ok {
			id = e.Task
		}
		if ok && string(e.Result) != "body" {
			t.Errorf("ended as %+v", e)
		}
		return ok, nil
	}
	if err := s.Ask(t.Context(), submit(1, "body"), until); err != nil {
		t.Fatal(err)
	}
	if err := s.Ask(t.Context(), &wire.Wait{Req: 1, Tasks: []journal.ID{id}}, until); err != nil {
		t.Fatal(err)
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Ask(ctx, submit(1, "body"), func(wire.Message) (bool, error) {
		cancel() // nobody will do the task
		return false, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Ask returned %v", err)
	}
	s.until(t, "the peer has left", func(b *broker.Broker) bool { return b.Stats().Sessions == 0 })
}

func TestAskReturnsTheError(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	err := s.Ask(t.Context(), submit(1, "body"), func(wire.Message) (bool, error) { return false, errBroken })
	if !errors.Is(err, errBroken) {
		t.Errorf("Ask returned %v", err)
	}
}

func TestAskEndsWithTheServer(t *testing.T) {
	s := start(t, testConfig(), newStore(t))
	err := s.Ask(t.Context(), submit(1, "body"), func(wire.Message) (bool, error) {
		s.cancel() // the client would wait for the end of the task
		return false, nil
	})
	if !errors.Is(err, server.ErrStopped) {
		t.Errorf("Ask returned %v", err)
	}
	if err := s.wait(); err != nil {
		t.Errorf("Run returned %v", err)
	}
	err = s.Ask(t.Context(), submit(2, "body"), func(wire.Message) (bool, error) { return true, nil })
	if !errors.Is(err, server.ErrStopped) {
		t.Errorf("Ask returned %v after the end", err)
	}
}

// Many ask at a time while others look in.
func TestAskConcurrently(t *testing.T) {
	const askers = 32
	s := start(t, testConfig(), newStore(t))
	employ(t, s, 2, 8)
	ended := make(chan error, askers)
	for i := range askers {
		go func() {
			ended <- s.Ask(t.Context(), submit(i, "body"), func(m wire.Message) (bool, error) {
				_, ok := m.(*wire.Ended)
				return ok, nil
			})
		}()
	}
	s.until(t, "all done", func(b *broker.Broker) bool { return b.Stats().Done == askers })
	for range askers {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
