package answer

import (
	"time"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/journal"
)

// newExplanation returns the explanation as it is shown.
func newExplanation(now broker.Instant, e *broker.Explanation) view.Explanation {
	v := view.Explanation{Task: view.NewTask(&e.Task), Now: view.Time(now.WallMS), Stopping: e.Stopping, CandidateCount: e.Workers, Prefers: e.Prefers, Unstarted: e.Unstarted}
	for _, w := range e.Waits {
		v.WaitsFor = append(v.WaitsFor, view.Waiting{ID: w.Task.String(), Wants: w.Wants.String(), State: w.State.String(), Held: w.Held})
	}
	v.Limits = newLimiting(v.Now, e.Limits)
	if p := e.Place; p.Length > 0 {
		v.Queue = &view.Place{
			Before: p.Before, Cut: p.Cut, Length: p.Length, Clients: p.Clients, Others: p.Others,
			First: newAhead(p.First), OtherFirst: newAhead(p.OtherFirst),
		}
	}
	for i := range e.Candidates {
		v.Candidates = append(v.Candidates, newStanding(v.Now, &e.Candidates[i]))
	}
	if e.Whole != nil {
		whole := newExplanation(now, e.Whole)
		v.Whole, v.Before = &whole, e.Before
	}
	addProgress(&v.Task, e.Said)
	if e.Holder != nil {
		holder := newStanding(v.Now, e.Holder)
		v.Holder, v.HeldBack = &holder, e.HeldBack
	}
	v.Next, v.Life = newDeadline(v.Now, e.Next), newDeadline(v.Now, e.Life)
	v.Reasons = reasons(&v, e.Between)
	return v
}

// addProgress adds what an attempt said last, if it is the task's current one.
func addProgress(t *view.Task, p broker.ProgressInfo) {
	if p.Attempt > 0 && p.Attempt == t.Attempt {
		t.Progress = &view.Progress{Fraction: p.Fraction, Text: p.Text, Pairs: wire.PairMap(p.Pairs)}
	}
}

func newDeadline(now view.Time, d *broker.Deadline) *view.Deadline {
	if d == nil {
		return nil
	}
	return &view.Deadline{At: after(now, d.In), Reason: d.Why.String(), State: d.Then.String(), Held: d.Held}
}

// Explain returns why a task is where it is; nowMS is the broker's wall clock in Unix
// milliseconds. What the loop doesn't know any more has ended, and is read from the journal,
// where what the loop has seen is by then. Errors are the journal's and look's.
func Explain(j journal.Finder, look Look, id journal.ID, nowMS int64) (view.Explanation, error) {
	var seen broker.Explanation
	var at broker.Instant
	live := false
	err := look(func(now broker.Instant, b *broker.Broker) {
		at = now
		seen, live = b.Explain(now, id)
	})
	if err != nil {
		return view.Explanation{}, err
	}
	if live {
		return newExplanation(at, &seen), nil
	}
	e, err := journal.Find(j, id)
	if err != nil {
		return view.Explanation{}, err
	}
	return endedExplanation(&e.Task, nowMS), nil
}

// endedExplanation is the one of a task that has ended; nowMS is the broker's wall clock
// in Unix milliseconds.
func endedExplanation(t *journal.Task, nowMS int64) view.Explanation {
	v := view.Explanation{Task: view.NewTask(t), Now: view.Time(nowMS)}
	v.Reasons = reasons(&v, false)
	return v
}

func newStanding(now view.Time, s *broker.Standing) view.Standing {
	v := view.Standing{Name: s.Name, State: workerState(s.Live, s.Draining), Slots: s.Slots, Busy: s.Busy, Declined: s.Declined}
	v.Why, v.Term = s.Why.String(), s.Term
	if v.Resource = s.Resource; s.Resource != "" {
		v.Needs, v.Has, v.Of = s.Needs.String(), s.Has.String(), s.Of.String()
	}
	if s.Grace > 0 {
		v.LostAt = after(now, s.Grace)
	}
	return v
}

func after(t view.Time, d time.Duration) view.Time { return t + view.Time(d.Milliseconds()) }

func newAhead(list []broker.Ahead) (v []view.Ahead) {
	for _, a := range list {
		v = append(v, view.Ahead{ID: a.Task.String(), Priority: a.Priority, Client: a.Client})
	}
	return v
}

// newLimiting returns the limits as they are shown.
func newLimiting(now view.Time, list []broker.Limiting) []view.Limiting {
	var limits []view.Limiting
	for _, l := range list {
		v := view.Limiting{Limit: l.ID(), Out: l.Out, Running: l.Running, Own: l.Own}
		if l.Rate > 0 {
			v.Rate, v.NextAt = float64(l.Rate)/1000, after(now, l.In)
		}
		limits = append(limits, v)
	}
	return limits
}
