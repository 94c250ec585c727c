package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/server"
	"bcp/journal/bolt"
	"bcp/scripts/benchmark/internal/lean"
	"bcp/scripts/benchmark/internal/load"
)

// TestPeers runs both phases with each kind of peers against a real broker, and
// compares what the peers say has ended with what the broker says.
func TestPeers(t *testing.T) {
	for kind, open := range openers {
		t.Run(kind, func(t *testing.T) {
			s := startServer(t)
			d := &daemon{address: s.Endpoints()[0], local: s.Endpoints()[1]}
			shape := load.Shape{Address: d.addressFor(kind), Workers: 20, Slots: 2, Clients: 3, Outstanding: 100, BodySize: 300}
			peers, err := open(context.Background(), shape)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := peers.Close(); err != nil {
					t.Error(err)
				}
			})
			checkPhases(t, s, peers, shape)
		})
	}
}

// loadMax is how long a load goes on, at most, until a task has ended under it, and phasesMax how
// long all may take: that only bounds how long a broken test hangs.
const (
	loadMax   = 10 * time.Second
	phasesMax = time.Minute
)

func checkPhases(t *testing.T, s *server.Server, peers load.Peers, shape load.Shape) {
	ctx, cancel := context.WithTimeout(t.Context(), phasesMax)
	defer cancel()
	took, err := peers.Lone(ctx, 50*time.Millisecond)
	if err != nil || len(took) == 0 {
		t.Fatalf("%d lone tasks, error %v", len(took), err)
	}
	marks := []int{0, 0}
	for d := 200 * time.Millisecond; marks[1] == marks[0]; d *= 2 { // on a machine that has much to do
		if d > loadMax {
			t.Fatalf("no task has ended in %v under load", d/2)
		}
		marks = nil
		if err := peers.Load(ctx, 50*time.Millisecond, d, func(ended int) { marks = append(marks, ended) }); err != nil {
			t.Fatalf("%v under load, marks %v: %v", d, marks, err)
		}
		if len(marks) != 2 || marks[0] < len(took) || marks[1] < marks[0] {
			t.Fatalf("marks %v after %d lone tasks: two that rise are wanted", marks, len(took))
		}
	}
	counts := stats(t, s)
	if int(counts.Done) < marks[1]+shape.Outstanding || counts.Pending+counts.Dispatched+counts.Running != 0 {
		t.Errorf("the broker counts %+v; the peers saw %d end, and then %d more", counts, marks[1], shape.Outstanding)
	}
}

func TestNoBroker(t *testing.T) {
	if _, err := lean.Open(context.Background(), load.Shape{Address: "tcp://127.0.0.1:1", Workers: 1, Clients: 1}); err == nil {
		t.Error("no error where nobody listens")
	}
}

func stats(t *testing.T, s *server.Server) (stats broker.Stats) {
	t.Helper()
	err := s.Inspect(context.Background(), func(_ broker.Instant, b *broker.Broker) { stats = b.Stats() })
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func startServer(t *testing.T) *server.Server {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "bcp.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	listen := []string{"tcp://127.0.0.1:*", localIn(t.TempDir())}
	s, err := server.New(server.Config{Listen: listen}, store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(s.Run(ctx), store.Close()) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("broker: %v", err)
		}
	})
	return s
}
