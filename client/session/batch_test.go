package session_test

import (
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/client/session"
	"bcp/journal"
)

// batch submits a task for each key, "" for one that has none; their tags are
// a, b, c ...; a quiet one is in upper case.
func batch(keys ...string) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) {
		m := &wire.SubmitBatch{}
		var tags []any
		for i, key := range keys {
			m.Submits = append(m.Submits, wire.Submit{Spec: &journal.Spec{Key: key}, WantStart: key == "start", Quiet: key == "quiet"})
			tags = append(tags, string(rune('a'+i)))
		}
		s.SubmitBatch(now, m, tags)
	}
}

func batchAccepted(req uint32, answers ...wire.Accepted) func(*session.Session, time.Duration) {
	return recv(&wire.BatchAccepted{Req: req, Accepted: answers})
}

func TestBatch(t *testing.T) {
	run(t, session.Config{}, []step{
		{0, connected, "hello s"},
		{0, batch("k", "", "start"), ""},
		{0, recv(&wire.Welcome{Epoch: 1}), "batch 1 k s/a1 start, !welcome"},
		{4, recv(&wire.Beat{}), ""},
		// An answer that is late is asked for again, under the same keys.
		{5, tick, "beat, batch 1 k s/a1 start"},
		// An answer for another number of tasks is none.
		{6, batchAccepted(1, wire.Accepted{Task: id(1)}), ""},
		{6, batchAccepted(1, wire.Accepted{Task: id(1)}, wire.Accepted{Task: id(2), Known: true}, wire.Accepted{Task: id(3), Known: true}), "!a accepted, !b accepted, !c accepted"},
		{6, recv(ended(2)), "ack #2, !b ended"},
		{6, recv(ended(1)), "ack #1, !a ended"},
		// A second answer finds nobody.
		{6, batchAccepted(1, wire.Accepted{Task: id(1)}, wire.Accepted{Task: id(2)}, wire.Accepted{Task: id(3)}), ""},
		// What was known is asked for later, should its end be lost.
		{65.9, recv(&wire.Beat{}), ""},
		{66, tick, "beat, wait for start of #3"},
	})
}

func TestBatchRefused(t *testing.T) {
	run(t, session.Config{}, []step{
		{0, connected, "hello s"},
		{0, recv(&wire.Welcome{Epoch: 1}), "!welcome"},
		{0, batch("k", "quiet"), "batch 1 k quiet"},
		{0, recv(&wire.Refuse{Req: 1, Code: wire.CodeKeyConflict}), "!a refuse, !b refuse"},
		{0, batch("quiet"), "batch 2 quiet"},
		{0, batchAccepted(2, wire.Accepted{Task: id(1)}), "!a accepted"},
		{0, recv(ended(1)), "ack #1"},
	})
}

// The tasks of a batch count for the limit from when they are asked for.
func TestBatchFillsTheSession(t *testing.T) {
	s := session.New(session.Config{Name: "s", TasksMax: 3})
	batch("a", "b", "c", "d")(s, 0)
	if s.CanSubmit() {
		t.Error("there is room for another submit beside four tasks that are asked for")
	}
	s.Refuse(&wire.Refuse{Req: 1})
	if !s.CanSubmit() {
		t.Error("there is no room after the batch was refused")
	}
}

// What the broker doesn't take is not sent: it would close the connection.
func TestOversize(t *testing.T) {
	large := func(s *session.Session, now time.Duration) {
		s.SubmitBatch(now, &wire.SubmitBatch{Submits: []wire.Submit{
			{Spec: &journal.Spec{Key: "a"}, Body: make([]byte, 6)}, {Spec: &journal.Spec{Key: "b"}, Body: make([]byte, 5)},
		}}, []any{"x", "y"})
	}
	run(t, session.Config{}, []step{
		{0, connected, "hello s"},
		{0, large, ""},
		{0, submit("ten bytes!", "k"), ""},
		{0, recv(&wire.Welcome{Epoch: 1, BodyMax: 10}), "submit 2 k ten bytes!, !welcome, !x refuse, !y refuse"},
		{0, submit("eleven byte", "l"), "!eleven byte refuse"},
		{4, recv(&wire.Beat{}), ""},
		{5, tick, "beat, submit 2 k ten bytes!"},
	})
}
