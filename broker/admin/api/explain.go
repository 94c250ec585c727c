package api

import (
	"time"

	"bcp/broker"
	"bcp/journal"
)

// Explanation tells why a task is where it is: GET /v1/tasks/{id}/explain. Of a
// task that has ended it has Task alone; its reason and text say why.
type Explanation struct {
	Task     Task `json:"task"`
	Now      Time `json:"now"`                       // on the broker's clock
	Stopping bool `json:"broker_stopping,omitempty"` // it shuts down, and dispatches nothing

	// Of a member of an array that has not started: its array is what is kept.
	Whole  *Explanation `json:"whole,omitempty"`  // what keeps the array
	Before int          `json:"before,omitempty"` // members that have not started either and go before this one

	// Of a pending task, and of an array that has members which have not started.
	Unstarted      int        `json:"unstarted,omitempty"`  // how many these are: they wait as the next one does
	WaitsFor       []Waiting  `json:"waits_for,omitempty"`  // tasks that have to end first
	Limits         []Limiting `json:"limits,omitempty"`     // that keep it
	Queue          *Place     `json:"queue,omitempty"`      // once nothing else keeps it
	Prefers        string     `json:"prefers,omitempty"`    // selector of the workers that alone will do until Next
	Candidates     []Standing `json:"candidates,omitempty"` // workers that its target means, those first that are what it asks for; 100 at most
	CandidateCount int        `json:"candidate_count"`      // of them all

	Holder *Standing `json:"holder,omitempty"` // the worker that has its attempt
	Next   *Deadline `json:"next,omitempty"`   // what happens of itself, if anything
	Life   *Deadline `json:"life,omitempty"`   // when its life ends, if something else comes first

	Reasons []Reason `json:"reasons,omitempty"` // what keeps it where it is, one entry for each
}

// Waiting is another task that one waits for.
type Waiting struct {
	ID    string `json:"id"`
	Wants string `json:"wants"` // ok, any, failed
	State string `json:"state"`
	Held  bool   `json:"held,omitempty"`
}

// Place is where a task stands among those that wait for the same workers, whatever they
// ask for: the tasks of a client go in their order, and the clients take turns.
type Place struct {
	Before  int  `json:"before"`            // tasks of its client that go first
	Cut     bool `json:"cut,omitempty"`     // more than these may: they were counted up to a limit
	Length  int  `json:"length"`            // tasks of its client
	Clients int  `json:"clients,omitempty"` // others, whose tasks wait as well
	Others  int  `json:"others,omitempty"`  // tasks of these

	First      []Ahead `json:"first,omitempty"`       // the first of those that go before it, at most 3
	OtherFirst []Ahead `json:"other_first,omitempty"` // the first ones of some other clients, which may; at most 3
}

// Ahead is a task that goes before another one, or may.
type Ahead struct {
	ID       string `json:"id"`
	Priority int32  `json:"priority"`
	Client   string `json:"client"`
}

func newAhead(list []broker.Ahead) (v []Ahead) {
	for _, a := range list {
		v = append(v, Ahead{a.Task.String(), a.Priority, a.Client})
	}
	return v
}

// Standing is how a worker stands toward a task.
type Standing struct {
	Name     string `json:"name"`
	State    string `json:"state"` // as Worker.State
	Slots    int    `json:"slots"` // 0 for one that is awaited since a restart
	Busy     int    `json:"busy"`
	Declined bool   `json:"declined,omitempty"` // it wants another one to do the task
	// Why is what keeps it from a pending task: target, other-worker, declined,
	// labels, not-preferred, resources (it has less in all than the task needs), away,
	// draining, busy, resources-taken, or kept for a task that has been passed over.
	Why      string `json:"why,omitempty"`
	Term     string `json:"term,omitempty"`     // of the selector, that it doesn't match
	Resource string `json:"resource,omitempty"` // that it has too little of
	Needs    string `json:"needs,omitempty"`    // how much of that the task needs
	Has      string `json:"has,omitempty"`      // how much of that it has left, or in all
	Of       string `json:"of,omitempty"`       // in all
	LostAt   Time   `json:"lost_at,omitzero"`   // of one that is away: when what it has is lost, if it has not come back
}

// Deadline is what happens to a task when its time is up.
type Deadline struct {
	At     Time   `json:"at"`
	Reason string `json:"reason,omitempty"` // queue-timeout, start-timeout, run-timeout, silence, life-timeout, worker-lost; "" when it may be dispatched
	Held   bool   `json:"held,omitempty"`   // it is put aside then, for its tries are used up
	State  string `json:"state"`            // of the task when this is through; its present one if it goes on waiting
}

// NewExplanation returns the explanation as the API shows it.
func NewExplanation(now broker.Instant, e *broker.Explanation) Explanation {
	v := Explanation{Task: NewTask(&e.Task), Now: Time(now.WallMS), Stopping: e.Stopping, CandidateCount: e.Workers, Prefers: e.Prefers, Unstarted: e.Unstarted}
	for _, w := range e.Waits {
		v.WaitsFor = append(v.WaitsFor, Waiting{w.Task.String(), w.Wants.String(), w.State.String(), w.Held})
	}
	v.Limits = NewLimiting(v.Now, e.Limits)
	if p := e.Place; p.Length > 0 {
		v.Queue = &Place{p.Before, p.Cut, p.Length, p.Clients, p.Others, newAhead(p.First), newAhead(p.OtherFirst)}
	}
	for i := range e.Candidates {
		v.Candidates = append(v.Candidates, newStanding(v.Now, &e.Candidates[i]))
	}
	if e.Whole != nil {
		whole := NewExplanation(now, e.Whole)
		v.Whole, v.Before = &whole, e.Before
	}
	if e.Holder != nil {
		holder := newStanding(v.Now, e.Holder)
		v.Holder = &holder
	}
	v.Next, v.Life = newDeadline(v.Now, e.Next), newDeadline(v.Now, e.Life)
	v.Reasons = v.reasons()
	return v
}

func newDeadline(now Time, d *broker.Deadline) *Deadline {
	if d == nil {
		return nil
	}
	return &Deadline{At: after(now, d.In), Reason: d.Why.String(), State: d.Then.String(), Held: d.Held}
}

// EndedExplanation is the one of a task that has ended.
func EndedExplanation(t *journal.Task) Explanation {
	v := Explanation{Task: NewTask(t), Now: TimeOf(time.Now())}
	v.Reasons = v.reasons()
	return v
}

func newStanding(now Time, s *broker.Standing) Standing {
	v := Standing{Name: s.Name, State: workerState(s.Live, s.Draining), Slots: s.Slots, Busy: s.Busy, Declined: s.Declined}
	v.Why, v.Term = s.Why.String(), s.Term
	if v.Resource = s.Resource; s.Resource != "" {
		v.Needs, v.Has, v.Of = s.Needs.String(), s.Has.String(), s.Of.String()
	}
	if s.Grace > 0 {
		v.LostAt = after(now, s.Grace)
	}
	return v
}

func after(t Time, d time.Duration) Time { return t + Time(d.Milliseconds()) }
