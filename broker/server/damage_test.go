package server_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// A client is told that the result it waits for is damaged, whenever it asks and until it
// has heard so, and the operator reads it once.
func TestDamagedResultIsTold(t *testing.T) {
	for name, result := range map[string]string{"small": "r", "large": largeBody("r")} {
		t.Run(name, func(t *testing.T) {
			st := newStore(t)
			st.result.set(func(journal.ID) ([]byte, error) { return nil, fmt.Errorf("%w: seal", journal.ErrCorrupt) })
			var log bytes.Buffer
			s := startLogging(t, testConfig(), st, slog.NewTextHandler(&log, nil))
			employ(t, s, 1, 1)
			client := newClient(t, s)
			quiet := submit(1, result)
			quiet.Quiet, quiet.WantStart = true, false
			client.say(quiet)
			id := expect[*wire.Accepted](client).Task
			s.until(t, "end", func(b *broker.Broker) bool { return b.Stats().Done == 1 })
			for range 3 {
				client.say(&wire.EndedAck{Task: id}, &wire.Wait{Req: 2, Tasks: []journal.ID{id}})
				no := expect[*wire.Refuse](client)
				if no.Code != wire.CodeDamaged || no.Req != 0 || no.Text != id.String()+": its result is damaged in the journal; it ended as done" {
					t.Fatalf("told %+v", no)
				}
			}
			client.say(&wire.EndedAck{Task: id}, &wire.Query{Req: 3, Task: id})
			if m := expect[*wire.Status](client); m.Task.State != journal.Done {
				t.Errorf("status %+v", m)
			}
			if err := s.stop(); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(log.String(), "payload cannot be read"); n != 1 {
				t.Errorf("logged %d times:\n%s", n, log.String())
			}
		})
	}
}

// A dispatch that was decided in the commit in which its task ended has no body any more,
// and that is no damage.
func TestDispatchOfATaskThatHasEnded(t *testing.T) {
	var log bytes.Buffer
	cfg := coldConfig()
	cfg.Core.KeepBodies = journal.KeepNone
	s := startLogging(t, cfg, newStore(t), slog.NewTextHandler(&log, nil))
	client, worker := newClient(t, s), newWorker(t, s, "w1", 1)
	second := submit(2, largeBody("b"))
	second.Spec.OnLoss = journal.LossFail
	client.say(submit(1, "first"), second)
	first := nextDispatch(worker)
	s.until(t, "submits", func(b *broker.Broker) bool { return b.Stats().Submitted == 2 })
	worker.sayFrames(worker.bundleOf(&wire.Outcome{Ref: first.Ref, Verdict: wire.VerdictDone}, &wire.Leave{}))
	s.until(t, "ends", func(b *broker.Broker) bool { return b.Stats().Failed == 1 })
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "payload cannot be read") {
		t.Errorf("logged:\n%s", log.String())
	}
}
