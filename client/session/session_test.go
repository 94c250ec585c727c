package session_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/client/session"
	"bcp/journal"
)

// A step does one thing to a session at a time in seconds, and says which
// effects that must have. Tags are the letters that stand in the effects.
type step struct {
	at   float64
	do   func(*session.Session, time.Duration)
	want string
}

func run(t *testing.T, cfg session.Config, steps []step) {
	t.Helper()
	cfg.Name = "s"
	s := session.New(cfg)
	for i, step := range steps {
		now := time.Duration(step.at * float64(time.Second))
		step.do(s, now)
		if got := show(s.Take(now)); got != step.want {
			t.Fatalf("step %d at %v:\n got %q\nwant %q", i+1, now, got, step.want)
		}
	}
}

// show writes effects as one line: sends as they are, events behind a "!".
func show(e session.Effects) string {
	var words []string
	for _, m := range e.Sends {
		words = append(words, showSend(m))
	}
	for _, ev := range e.Events {
		words = append(words, showEvent(ev))
	}
	if e.Reconnect {
		words = append(words, "reconnect")
	}
	return strings.Join(words, ", ")
}

func showSend(m wire.Message) string {
	switch m := m.(type) {
	case *wire.Hello:
		return "hello " + m.Session
	case *wire.Submit:
		return fmt.Sprintf("submit %d %s %s", m.Req, m.Spec.Key, m.Body)
	case *wire.SubmitBatch:
		words := fmt.Sprint("batch ", m.Req)
		for i := range m.Submits {
			words += " " + m.Submits[i].Spec.Key
		}
		return words
	case *wire.Cancel:
		return fmt.Sprintf("cancel %d %s%s", m.Req, number(m.Task), m.Key)
	case *wire.Hold:
		return fmt.Sprintf("hold %d %s%s", m.Req, number(m.Task), m.Key)
	case *wire.Release:
		return fmt.Sprintf("release %d %s%s", m.Req, number(m.Task), m.Key)
	case *wire.Resolve:
		return fmt.Sprintf("retry %d %s as %s", m.Req, number(m.Task), m.NewKey)
	case *wire.Change:
		return fmt.Sprintf("change %d %s as %s", m.Req, numbers(m.Tasks), m.NewKeys)
	case *wire.Query:
		return fmt.Sprintf("query %d %s%s", m.Req, number(m.Task), m.Key)
	case *wire.Wait:
		return showWait(m)
	case *wire.EndedAck:
		return "ack " + number(m.Task)
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", m), "*wire."))
}

func showWait(m *wire.Wait) string {
	if m.WantStart {
		return "wait for start of " + numbers(m.Tasks)
	}
	return "wait " + numbers(m.Tasks)
}

func showEvent(ev session.Event) string {
	what := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", ev.Msg), "*wire."))
	if ev.Tag == nil {
		return "!" + what
	}
	return fmt.Sprintf("!%v %s", ev.Tag, what)
}

// Tasks are numbered in the tests; their IDs are made of the number.
func id(n byte) journal.ID { return journal.ID{15: n} }

func number(id journal.ID) string {
	if id == (journal.ID{}) {
		return ""
	}
	return fmt.Sprint("#", id[15])
}

func numbers(ids []journal.ID) string {
	var words []string
	for _, id := range ids {
		words = append(words, number(id))
	}
	return strings.Join(words, "+")
}

func connected(s *session.Session, now time.Duration) { s.Connected(now) }

func tick(s *session.Session, now time.Duration) { s.Tick(now) }

func congested(is bool) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Congested(now, is) }
}

func recv(m wire.Message) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Step(now, m) }
}

func submit(tag, key string) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) {
		s.Submit(now, &wire.Submit{Spec: &journal.Spec{Key: key}, Body: []byte(tag)}, tag)
	}
}

func submitWantStart(tag, key string) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) {
		s.Submit(now, &wire.Submit{Spec: &journal.Spec{Key: key}, Body: []byte(tag), WantStart: true}, tag)
	}
}

func submitQuiet(tag string) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) {
		s.Submit(now, &wire.Submit{Spec: &journal.Spec{}, Body: []byte(tag), Quiet: true}, tag)
	}
}

func cancel(tag string, n byte) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Ask(now, &wire.Cancel{Task: id(n)}, tag) }
}

func hold(tag string, n byte) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Ask(now, &wire.Hold{Task: id(n)}, tag) }
}

func release(tag, key string) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Ask(now, &wire.Release{Key: key}, tag) }
}

func query(tag, key string) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Ask(now, &wire.Query{Key: key}, tag) }
}

func retry(tag string, n byte, key string) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) {
		s.Ask(now, &wire.Resolve{Verb: wire.ResolveRetry, Task: id(n), NewKey: key}, tag)
	}
}

// retryMany retries tasks; without any it asks which there are.
func retryMany(tag string, tasks ...byte) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) {
		m := &wire.Change{Do: wire.ChangeRetry}
		for _, n := range tasks {
			m.Tasks = append(m.Tasks, id(n))
		}
		s.Ask(now, m, tag)
	}
}

func wait(tag string, n byte) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Wait(id(n), tag) }
}

func forget(tag string, n byte) func(*session.Session, time.Duration) {
	return func(s *session.Session, now time.Duration) { s.Forget(id(n), tag) }
}

func welcome(epoch uint64, resumed bool) *wire.Welcome {
	return &wire.Welcome{Epoch: epoch, Resumed: resumed, HeartbeatMS: 2500, Liveness: 3, OutstandingMax: 2}
}

func accepted(req uint32, n byte, state journal.State, known bool) *wire.Accepted {
	return &wire.Accepted{Req: req, Task: id(n), State: state, Known: known}
}

func started(n byte, attempt uint32) *wire.Started {
	return &wire.Started{Ref: wire.Ref{Task: id(n), Attempt: attempt}}
}

func ended(n byte) *wire.Ended {
	return &wire.Ended{Ref: wire.Ref{Task: id(n), Attempt: 1}, State: journal.Done}
}

func refuse(req uint32, code wire.Code) *wire.Refuse { return &wire.Refuse{Req: req, Code: code} }

func unknown(n byte) *wire.Refuse {
	return &wire.Refuse{Req: 99, Code: wire.CodeUnknownTask, Text: id(n).String()}
}

func gone(n byte) *wire.Refuse {
	return &wire.Refuse{Code: wire.CodeGone, Text: id(n).String()}
}

func damaged(n byte) *wire.Refuse {
	return &wire.Refuse{Code: wire.CodeDamaged, Text: id(n).String() + ": its result is damaged in the journal; it ended as done"}
}

// opened is how most lives begin.
var opened = []step{
	{0, connected, "hello s"},
	{0, recv(welcome(1, false)), "!welcome"},
}

func TestSession(t *testing.T) {
	for _, c := range []struct {
		name  string
		cfg   session.Config
		steps []step
	}{
		{name: "one life", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{1, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{1, recv(started(1, 1)), "!a started"},
			step{1, recv(&wire.Progress{Ref: wire.Ref{Task: id(1)}}), "!a progress"},
			step{1, recv(&wire.Status{Task: journal.Task{ID: id(1)}}), "!a status"},
			step{1, recv(&wire.Status{Task: journal.Task{ID: id(2)}}), ""},
			step{2, recv(ended(1)), "ack #1, !a ended"},
			step{3, recv(ended(1)), "ack #1"},
			step{3, recv(started(1, 1)), ""},
		)},
		{name: "nothing is sent before Welcome", steps: []step{
			{0, submit("a", "mine"), ""},
			{0, connected, "hello s"},
			{0, wait("w", 7), ""},
			{0, query("q", "k"), ""},
			{0, recv(welcome(1, false)), "submit 1 mine a, query 2 k, wait #7, !welcome"},
		}},
		{name: "heartbeat and silence", steps: append(opened[:2:2],
			step{2.4, tick, ""},
			step{2.5, tick, "beat"},
			step{4, recv(&wire.Beat{}), ""},
			step{4, recv(&wire.Beat{Ask: true}), "beat"},
			step{5, tick, "beat"},
			step{11.4, tick, "beat"},
			step{11.5, tick, "reconnect"},
			step{20, tick, ""},
			step{20, connected, "hello s"},
			step{22.4, tick, ""},
			step{22.5, tick, "hello s"},
			step{27.5, tick, "reconnect"},
		)},
		{name: "a mistaken broker makes nobody spin", steps: []step{
			{0, connected, "hello s"},
			{0, recv(&wire.Welcome{HeartbeatMS: math.MaxUint32, Liveness: math.MaxUint32}), "!welcome"},
			{3599, tick, ""},
			{3600, tick, "beat"},
			{3600, recv(&wire.Welcome{HeartbeatMS: 1}), "!welcome"},
			{3600.009, tick, ""},
			{3600.010, tick, "beat"},
		}},
		{name: "an answer that is late is asked for again", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{1, cancel("c", 9), "cancel 2 #9"},
			step{4.9, tick, "beat"},
			step{5, tick, "submit 1 s/a1 a"},
			step{6, recv(accepted(1, 1, journal.Pending, true)), "!a accepted"},
			step{6, recv(accepted(1, 1, journal.Pending, false)), ""},
			step{6, recv(&wire.Status{Req: 2}), "!c status"},
			step{7.4, tick, "beat"},
			step{9, recv(&wire.Status{Req: 2}), ""},
		)},
		{name: "nothing is sent again while it has not left", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{0, congested(true), ""},
			step{4, recv(&wire.Beat{}), ""},
			step{5, tick, "beat"},
			step{6, congested(false), ""},
			step{6, tick, ""},
			step{10.9, tick, "beat"},
			step{11, tick, "submit 1 s/a1 a"},
		)},
		{
			name: "what has left is put off once", cfg: session.Config{Heartbeat: time.Minute},
			steps: []step{
				{0, connected, "hello s"},
				{0, recv(&wire.Welcome{Epoch: 1}), "!welcome"},
				{0, submit("a", ""), "submit 1 s/a1 a"},
				{3, congested(true), ""},
				{4, congested(false), ""},
				{5, submit("b", ""), "submit 2 s/a2 b"},
				{6, congested(true), ""},
				{8, congested(false), ""},
				{8.9, tick, ""},
				{9, tick, "submit 1 s/a1 a"},
				{10, congested(true), ""},
				{12, congested(false), ""},
				{13, tick, "submit 2 s/a2 b"},
				{16, congested(true), ""},
				{18, tick, ""},
				{20, congested(false), ""},
				{20, tick, "submit 1 s/a1 a"},
				{25, tick, "submit 2 s/a2 b, submit 1 s/a1 a"},
			},
		},
		{
			name: "a Wait that has left late is repeated late", cfg: session.Config{WaitEvery: 6 * time.Second, Heartbeat: time.Minute},
			steps: []step{
				{0, connected, "hello s"},
				{0, recv(&wire.Welcome{Epoch: 1}), "!welcome"},
				{0, wait("w", 1), "wait #1"},
				{0, congested(true), ""},
				{5, congested(false), ""},
				{6, tick, ""},
				{11, tick, "wait #1"},
			},
		},
		{name: "a hold and a release are asked for until they are answered", steps: append(opened[:2:2],
			step{0, hold("h", 9), "hold 1 #9"},
			step{1, release("r", "k"), "release 2 k"},
			step{5, tick, "beat, hold 1 #9"},
			step{5.5, recv(&wire.Status{Req: 1}), "!h status"},
			step{5.5, connected, "hello s"},
			step{5.5, recv(welcome(1, true)), "release 2 k, !welcome"},
			step{6, recv(refuse(2, wire.CodeNotAllowed)), "!r refuse"},
			step{6, recv(&wire.Status{Req: 1}), ""},
		)},
		{name: "a retry has one key, however often it is asked for", steps: append(opened[:2:2],
			step{0, retry("r", 9, ""), "retry 1 #9 as s/a1"},
			step{0, retry("o", 8, "own"), "retry 2 #8 as own"},
			step{0, retryMany("m", 7), "change 3 #7 as s/a2"},
			step{0, retryMany("p"), "change 4  as "},
			step{5, tick, "beat, retry 1 #9 as s/a1, retry 2 #8 as own, change 3 #7 as s/a2, change 4  as "},
		)},
		{name: "refusals", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{0, recv(refuse(1, wire.CodeQueueFull)), "!a refuse"},
			step{0, recv(refuse(1, wire.CodeQueueFull)), ""},
			step{0, cancel("c", 9), "cancel 2 #9"},
			step{0, recv(refuse(2, wire.CodeUnknownTask)), "!c refuse"},
			step{0, recv(refuse(0, wire.CodeTooManyPeers)), "!refuse"},
			step{0, submit("b", ""), "submit 3 s/a2 b"},
			step{0, recv(&wire.Status{Req: 3}), "!b status"},
		)},
		{name: "an unknown peer says Hello once, and everything again", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{0, submit("b", ""), "submit 2 s/a2 b"},
			step{0, recv(refuse(1, wire.CodeUnknownPeer)), "hello s"},
			step{0, recv(refuse(2, wire.CodeUnknownPeer)), ""},
			step{1, recv(welcome(1, true)), "submit 1 s/a1 a, submit 2 s/a2 b, !welcome"},
		)},
		{name: "an unknown peer asks for all ends: another may have had its session, and have taken them", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{0, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{1, recv(refuse(0, wire.CodeUnknownPeer)), "hello s"},
			step{1, recv(welcome(1, true)), "wait #1, !welcome"},
			step{2, recv(ended(1)), "ack #1, !a ended"},
		)},
		{name: "a stopping broker's successor is greeted", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{0, recv(refuse(1, wire.CodeStopping)), ""},
			step{0, submit("b", ""), ""},
			step{0, recv(&wire.Leave{}), ""},
			step{2.5, tick, "hello s"},
			step{2.6, recv(refuse(0, wire.CodeStopping)), ""},
			step{5, tick, "hello s"},
			step{5, recv(welcome(2, false)), "submit 1 s/a1 a, submit 2 s/a2 b, !welcome"},
		)},
		{name: "a forgotten session asks for all ends, in chunks", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{0, submit("b", ""), "submit 2 s/a2 b"},
			step{0, submit("c", ""), "submit 3 s/a3 c"},
			step{0, recv(accepted(3, 3, journal.Pending, false)), "!c accepted"},
			step{0, recv(accepted(2, 2, journal.Pending, false)), "!b accepted"},
			step{0, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{1, recv(refuse(0, wire.CodeUnknownPeer)), "hello s"},
			step{1, recv(welcome(2, true)), "wait #1+#2, wait #3, !welcome"},
			step{2, recv(ended(1)), "ack #1, !a ended"},
			step{3, connected, "hello s"},
			step{3, recv(welcome(2, true)), "wait #2, wait #3, !welcome"},
			step{4, recv(unknown(3)), "!c refuse"},
			step{4, connected, "hello s"},
			step{4, recv(welcome(2, false)), "wait #2, !welcome"},
		)},
		{name: "that an end is forgotten is acknowledged like an end", steps: append(opened[:2:2],
			step{0, submit("a", "k"), "submit 1 k a"},
			step{1, recv(accepted(1, 1, journal.Done, true)), "!a accepted"},
			step{1, recv(gone(1)), "ack #1, !a refuse"},
			step{2, recv(gone(1)), "ack #1"},
			step{3, connected, "hello s"},
			step{3, recv(welcome(2, false)), "!welcome"},
		)},
		{name: "a result that is damaged ends a wait", steps: append(opened[:2:2],
			step{0, wait("w", 1), "wait #1"},
			step{1, recv(damaged(1)), "ack #1, !w refuse"},
			step{2, recv(damaged(1)), "ack #1"},
		)},
		{name: "a forgotten session asks for starts apart, and tells each once", steps: append(opened[:2:2],
			step{0, submitWantStart("a", ""), "submit 1 s/a1 a"},
			step{0, submit("b", ""), "submit 2 s/a2 b"},
			step{0, submitWantStart("c", ""), "submit 3 s/a3 c"},
			step{0, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{0, recv(accepted(2, 2, journal.Pending, false)), "!b accepted"},
			step{0, recv(accepted(3, 3, journal.Pending, false)), "!c accepted"},
			step{1, recv(started(1, 1)), "!a started"},
			step{2, connected, "hello s"},
			step{2, recv(welcome(2, false)), "wait #2, wait for start of #1+#3, !welcome"},
			step{2, recv(started(1, 1)), ""},
			step{2, recv(started(3, 1)), "!c started"},
			step{3, recv(started(1, 2)), "!a started"},
			step{3, recv(ended(3)), "ack #3, !c ended"},
			step{4, connected, "hello s"},
			step{4, recv(welcome(2, true)), "wait #2, wait for start of #1, !welcome"},
			step{4, recv(started(1, 1)), ""},
		)},
		{name: "a second submit is told the start that the first was told", steps: append(opened[:2:2],
			step{0, submit("a", "k"), "submit 1 k a"},
			step{0, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{0, recv(started(1, 1)), "!a started"},
			step{1, submitWantStart("b", "k"), "submit 2 k b"},
			step{1, recv(accepted(2, 1, journal.Running, true)), "!b accepted"},
			step{1, recv(started(1, 1)), "!b started"},
			step{2, connected, "hello s"},
			step{2, recv(welcome(2, false)), "wait for start of #1, !welcome"},
			step{3, forget("b", 1), ""},
			step{3, connected, "hello s"},
			step{3, recv(welcome(3, false)), "wait #1, !welcome"},
		)},
		{name: "a resumed session asks for nothing", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{0, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{1, connected, "hello s"},
			step{1, recv(welcome(1, true)), "!welcome"},
		)},
		{name: "an end that comes before its task's name comes again", steps: append(opened[:2:2],
			step{0, submit("a", ""), "submit 1 s/a1 a"},
			step{1, connected, "hello s"},
			step{1, recv(welcome(1, true)), "submit 1 s/a1 a, !welcome"},
			step{1, recv(ended(1)), "ack #1"},
			step{1, recv(accepted(1, 1, journal.Done, true)), "!a accepted"},
			step{1, recv(ended(1)), "ack #1, !a ended"},
		)},
		{name: "one end for everyone who waits", steps: append(opened[:2:2],
			step{0, submit("a", "k"), "submit 1 k a"},
			step{0, submit("b", "k"), "submit 2 k b"},
			step{0, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{0, recv(accepted(2, 1, journal.Pending, true)), "!b accepted"},
			step{0, wait("w", 1), ""},
			step{0, wait("v", 1), ""},
			step{0, forget("a", 1), ""},
			step{0, forget("v", 1), ""},
			step{1, recv(ended(1)), "ack #1, !b ended, !w ended"},
			step{60, tick, "reconnect"},
		)},
		{
			name: "a Wait is repeated at leisure until all has ended", cfg: session.Config{WaitEvery: 6 * time.Second},
			steps: append(opened[:2:2],
				step{0, wait("v", 1), "wait #1"},
				step{0, wait("w", 2), "wait #2"},
				step{2.5, tick, "beat"},
				step{5, recv(ended(1)), "ack #1, !v ended"},
				step{5, tick, "beat"},
				step{6, tick, "wait #2"},
				step{7, recv(unknown(2)), "!w refuse"},
				step{12, tick, "beat"},
			),
		},
		{
			name: "a Wait in the place of one that was given up is repeated alone", cfg: session.Config{WaitEvery: 2 * time.Second},
			steps: append(opened[:2:2],
				step{0, wait("v", 1), "wait #1"},
				step{1, forget("v", 1), ""},
				step{1, wait("w", 1), "wait #1"},
				step{2, tick, ""},
				step{2, connected, "hello s"},
				step{2, recv(welcome(1, true)), "wait #1, !welcome"},
				step{4, tick, "wait #1"},
			),
		},
		{name: "what was given up before it could be asked for is not asked for", steps: append(opened[:2:2],
			step{1, connected, "hello s"},
			step{1, wait("v", 1), ""},
			step{1, forget("v", 1), ""},
			step{1, wait("w", 2), ""},
			step{1, forget("w", 2), ""},
			step{1, wait("w", 2), ""},
			step{1, recv(welcome(1, true)), "wait #2, !welcome"},
		)},
		{
			name: "one key submitted again and again is asked for alone", cfg: session.Config{WaitEvery: 2 * time.Second, ResendEvery: time.Minute},
			steps: append(opened[:2:2],
				step{0, submitWantStart("a", "k"), "submit 1 k a"},
				step{0, recv(accepted(1, 1, journal.Pending, true)), "!a accepted"},
				step{1, submit("b", "k"), "submit 3 k b"},
				step{1, recv(accepted(3, 1, journal.Pending, true)), "!b accepted"},
				step{2, tick, ""},
				step{3, tick, "beat, wait for start of #1"},
			),
		},
		{
			name: "a Wait that is too much for the broker now is repeated", cfg: session.Config{WaitEvery: 2 * time.Second},
			steps: append(opened[:2:2],
				step{0, wait("v", 1), "wait #1"},
				step{0, recv(&wire.Refuse{Req: 1, Code: wire.CodeBusy, Text: id(1).String()}), ""},
				step{2, tick, "wait #1"},
				step{2, recv(ended(1)), "ack #1, !v ended"},
			),
		},
		{name: "a forgotten task's end is acknowledged", steps: append(opened[:2:2],
			step{0, wait("v", 1), "wait #1"},
			step{0, forget("v", 1), ""},
			step{5, recv(ended(1)), "ack #1"},
		)},
		{name: "a quiet submit is over when it is accepted", steps: append(opened[:2:2],
			step{0, submitQuiet("a"), "submit 1 s/a1 a"},
			step{0, recv(accepted(1, 1, journal.Pending, false)), "!a accepted"},
			step{1, recv(refuse(0, wire.CodeUnknownPeer)), "hello s"},
			step{1, recv(welcome(2, false)), "!welcome"},
		)},
		{name: "leaving", steps: append(opened[:2:2],
			step{0, func(s *session.Session, _ time.Duration) { s.Leave() }, "leave"},
			step{9, tick, ""},
			step{9, func(s *session.Session, _ time.Duration) { s.Leave() }, ""},
		)},
	} {
		t.Run(c.name, func(t *testing.T) { run(t, c.cfg, c.steps) })
	}
}

func TestBounds(t *testing.T) {
	s := session.New(session.Config{Name: "s", UnansweredMax: 2, TasksMax: 3})
	connected(s, 0)
	recv(welcome(1, false))(s, 0)
	submit("a", "")(s, 0)
	submit("b", "")(s, 0)
	if s.CanAsk() || s.CanSubmit() {
		t.Fatal("two of two requests are unanswered, and there is room")
	}
	s.Take(0)
	for _, ask := range []func(*session.Session, time.Duration){submit("c", ""), batch("c"), cancel("c", 9)} {
		ask(s, 0)
		refused, ok := s.Take(0).Events[0].Msg.(*wire.Refuse)
		if !ok || refused.Code != wire.CodeBusy {
			t.Errorf("a third request is answered with %+v", refused)
		}
	}
	recv(accepted(1, 1, journal.Pending, false))(s, 0)
	recv(accepted(2, 2, journal.Pending, false))(s, 0)
	submit("c", "")(s, 0)
	if !s.CanAsk() || s.CanSubmit() {
		t.Fatalf("CanAsk %v, CanSubmit %v with 2 of 3 tasks and 1 submit", s.CanAsk(), s.CanSubmit())
	}
	recv(ended(1))(s, 0)
	if !s.CanSubmit() {
		t.Fatal("a task has ended, and there is no room for another")
	}
}

// TestNextDeadline drives a session by its own deadlines alone: a Tick at each
// must do something, or the owner's loop would spin.
func TestNextDeadline(t *testing.T) {
	s := session.New(session.Config{Name: "s"})
	if _, ok := s.NextDeadline(); ok {
		t.Fatal("a deadline without a connection")
	}
	connected(s, 0)
	recv(welcome(1, false))(s, 0)
	submit("a", "")(s, time.Second)
	wait("w", 1)(s, time.Second)
	s.Take(time.Second)

	var got []string
	for {
		now, ok := s.NextDeadline()
		if !ok {
			break
		}
		s.Tick(now)
		effects := show(s.Take(now))
		if effects == "" {
			t.Fatalf("nothing was due at %v", now)
		}
		got = append(got, fmt.Sprint(now, " ", effects))
	}
	want := "2.5s beat; 5s beat; 6s submit 1 s/a1 a; 7.5s reconnect"
	if line := strings.Join(got, "; "); line != want {
		t.Errorf("\n got %s\nwant %s", line, want)
	}
}

// TestTakeKeepsOrder sees that equal inputs give equal effects, also where a
// map is walked.
func TestTakeKeepsOrder(t *testing.T) {
	var first string
	for range 20 {
		s := session.New(session.Config{Name: "s"})
		connected(s, 0)
		for n := range byte(40) {
			wait("w", 200-n)(s, 0)
		}
		recv(welcome(1, false))(s, 0)
		got := show(s.Take(0))
		if first == "" {
			first = got
		}
		if got != first {
			t.Fatalf("\n got %s\nwant %s", got, first)
		}
	}
}
