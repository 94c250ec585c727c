package broker_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// explain prints an explanation: one line, and one for each worker and task that
// it names.
func (w *world) explain(id journal.ID) {
	e, ok := w.core.Explain(w.now, id)
	if !ok {
		fmt.Fprintln(&w.out, "it has ended, or there is none")
		return
	}
	fmt.Fprintf(&w.out, "%s %s", w.name(e.Task.ID), e.Task.State)
	if e.Whole != nil {
		fmt.Fprintf(&w.out, " with its group, behind %d\nof ", e.Before)
		w.explain(e.Whole.Task.ID)
		return
	}
	if e.Stopping {
		w.out.WriteString(" stopping")
	}
	if e.HeldBack {
		w.out.WriteString(" held-back")
	}
	if p := e.Place; p.Length > 0 {
		fmt.Fprintf(&w.out, " before=%d length=%d cut=%v", p.Before, p.Length, p.Cut)
	}
	if d := e.Next; d != nil {
		fmt.Fprintf(&w.out, " next=(%s)", deadlineText(d))
	}
	if d := e.Life; d != nil {
		fmt.Fprintf(&w.out, " life=(%s)", deadlineText(d))
	}
	if e.Prefers != "" {
		fmt.Fprintf(&w.out, " prefers=%s", e.Prefers)
	}
	w.out.WriteByte('\n')
	if left := e.Task.NotBeforeMS - w.now.WallMS; left > 0 {
		fmt.Fprintf(&w.out, "  its time comes in %s\n", time.Duration(left)*time.Millisecond)
	}
	if e.Unstarted > 0 {
		fmt.Fprintf(&w.out, "  %d have not started\n", e.Unstarted)
	}
	for _, l := range e.Limits {
		fmt.Fprintf(&w.out, "  limit %s: %d of %d, own=%v\n", l.ID(), l.Out, l.Running, l.Own)
	}
	for _, x := range e.Waits {
		fmt.Fprintf(&w.out, "  after %s:%s, which is %s held=%v\n", w.name(x.Task), x.Wants, x.State, x.Held)
	}
	for _, a := range e.Place.First {
		fmt.Fprintf(&w.out, "  behind %s of %s, priority %d\n", w.name(a.Task), a.Client, a.Priority)
	}
	for _, a := range e.Place.OtherFirst {
		fmt.Fprintf(&w.out, "  in turns with %s of %s, priority %d\n", w.name(a.Task), a.Client, a.Priority)
	}
	if e.Holder != nil {
		fmt.Fprintf(&w.out, "  at %s\n", standingText(e.Holder))
	}
	for i := range e.Candidates {
		fmt.Fprintf(&w.out, "  for %s\n", standingText(&e.Candidates[i]))
	}
	if len(e.Candidates) != e.Workers {
		fmt.Fprintf(&w.out, "  of %d workers\n", e.Workers)
	}
}

func deadlineText(d *broker.Deadline) string {
	text := fmt.Sprintf("in %v%s, then %s", d.In, words("why", d.Why.String()), d.Then)
	if d.Held {
		text += " held"
	}
	return text
}

func standingText(s *broker.Standing) string {
	text := fmt.Sprintf("%s live=%v draining=%v busy=%d/%d", s.Name, s.Live, s.Draining, s.Busy, s.Slots)
	if s.Grace > 0 {
		text += fmt.Sprintf(" grace=%v", s.Grace)
	}
	if s.Declined {
		text += " declined"
	}
	if s.Why.Lasts() && s.Why != broker.Declined || s.Why > broker.Busy {
		text += fmt.Sprintf(" why=%s", s.Why)
		if s.Term != "" {
			text += fmt.Sprintf("(%s)", s.Term)
		}
		if s.Resource != "" {
			text += fmt.Sprintf("(%s: %v of %v)", s.Resource, s.Needs, s.Has)
		}
	}
	return strings.TrimSpace(text)
}

// TestPlaceInQueue holds what is told of the places of many tasks, that ask for different
// things of the same worker, against the order in which it gets them.
func TestPlaceInQueue(t *testing.T) {
	const tasks = 300
	w := newWorld(t)
	random := rand.New(rand.NewPCG(1, 2))
	w.core.Step(w.now, peer("c1"), &wire.Hello{Session: "c1"})
	w.core.Step(w.now, peer("w1"), w.register(args{"peer": "w1", "services": "r,s", "resources": "cpu=1", "labels": "zone=a"}))
	w.core.Step(w.now, peer("c1"), w.submit(0, args{"service": "s"}))
	w.flush()
	sorts := []args{{"service": "s"}, {"service": "r"}, {"service": "s", "needs": "cpu=1"}, {"service": "s", "limit-key": "db"}, {"service": "s", "where": "zone=a"}}
	for range tasks {
		sort := maps.Clone(sorts[random.IntN(len(sorts))])
		sort["priority"] = fmt.Sprint(random.IntN(10))
		w.core.Step(w.now, peer("c1"), w.submit(0, sort))
		w.advance(w.now.Mono + time.Duration(random.IntN(60))*time.Second)
	}
	w.flush()
	places := map[journal.ID]int{}
	for _, id := range w.tasks[1:] {
		e, ok := w.core.Explain(w.now, id)
		if !ok || e.Place.Length != tasks || e.Place.Cut || len(e.Place.First) != min(e.Place.Before, 3) {
			t.Fatalf("%v, %+v", ok, e.Place)
		}
		places[id] = e.Place.Before
	}
	at := w.tasks[0]
	for n := range tasks {
		w.core.Step(w.now, peer("w1"), &wire.Outcome{Ref: wire.Ref{Task: at, Attempt: 1}, Verdict: wire.VerdictDone})
		for _, r := range w.core.Take().Records {
			if r.Kind == journal.KindDispatch {
				at = r.Task
			}
		}
		if places[at] != n {
			t.Fatalf("task %s is number %d, and %d were told to go before it", w.name(at), n, places[at])
		}
	}
}
