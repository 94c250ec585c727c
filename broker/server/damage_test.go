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
			employ(t, s.Endpoints()[0], 1, 1)
			client := newClient(t, s.Endpoints()[0])
			quiet := submit(1, result)
			quiet.Quiet, quiet.WantStart = true, false
			client.say(quiet)
			id := expect[*wire.Accepted](client).Task
			s.until(t, "end", func(b *broker.Broker) bool { return b.Stats().Done == 1 })
			for range 3 {
				client.say(&wire.Wait{Req: 2, Tasks: []journal.ID{id}})
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
