package server_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// Who speaks no dialect is not answered; that is logged, and not each time.
func TestStrangersAreLogged(t *testing.T) {
	var log bytes.Buffer
	s := startLogging(t, testConfig(), newStore(t), slog.NewTextHandler(&log, nil))
	client := newClient(t, s)
	client.sayFrames([][]byte{{}, []byte("MDPC01"), []byte("echo"), []byte("hello")})
	client.sayFrames([][]byte{[]byte("\x00\xff\n")})
	client.say(submit(1, "body"))
	expect[*wire.Accepted](client) // it has been heard, and so has all before
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	const want = `level=WARN msg="somebody speaks no dialect, and is not answered" messages=1 error="unsupported: header \"MDPC01\" names no dialect: BCPC02`
	if told := log.String(); strings.Count(told, "no dialect,") != 1 || !strings.Contains(told, want) {
		t.Errorf("logged:\n%swant once: %s", told, want)
	}
}

// A BCP/1 client that has gone is forgotten when its job ends: its routing id was given to it, and
// it has another one when it is back.
func TestGoneBCP1ClientIsForgotten(t *testing.T) {
	cfg := testConfig()
	cfg.Core.ResendEvery = time.Millisecond
	s := start(t, cfg, newStore(t))
	client, worker := dial(t, s, wire.BCP1Client), newWorker(t, s, "w", 1)
	client.say(&wire.Submit{WantStart: true, Spec: &journal.Spec{
		Key: "bcp1/w/12", Target: journal.Target{Kind: journal.ToWorker, Name: "w"}, Tries: 1,
	}})
	d := expect[*wire.Dispatch](worker)
	client.close()
	worker.say(&wire.Outcome{Ref: d.Ref, Verdict: wire.VerdictDone})
	expect[*wire.OutcomeAck](worker)
	s.until(t, "the client is forgotten", func(b *broker.Broker) bool { return b.Stats().Sessions == 0 })
}
