package view

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// Task is a task: its state, and all that was asked for with it.
type Task struct {
	ID      string `json:"id"`    // ULID
	State   string `json:"state"` // pending, dispatched, running, canceling, done, failed, canceled
	Ended   bool   `json:"ended"`
	Reason  string `json:"reason,omitempty"` // why it ended, or was tried again the last time
	Text    string `json:"text,omitempty"`   // the text that came with the reason, such as the worker's error
	Class   string `json:"class,omitempty"`  // the sort of error, as the worker names it
	Target  Target `json:"target"`
	Worker  string `json:"worker,omitempty"` // the worker of the current or last attempt
	Attempt uint32 `json:"attempt"`          // the number of that attempt; 0 before the first

	// Attempts since the submit, or since it was released when its tries were used up.
	Failures  uint32 `json:"failures"`             // attempts that failed by the task's own fault
	Losses    uint32 `json:"losses"`               // attempts whose worker was lost
	TriesUsed uint32 `json:"tries_used,omitempty"` // attempts that used up one of its tries

	Exhausted bool     `json:"exhausted,omitempty"` // it is on hold because its tries are used up
	Declined  []string `json:"declined,omitempty"`  // workers that want another worker to run it
	Stopping  string   `json:"stopping,omitempty"`  // why the broker is stopping the current attempt

	Held        bool `json:"held,omitempty"`         // on hold: it is not dispatched until it is released
	NotBeforeAt Time `json:"not_before_at,omitzero"` // it is not dispatched earlier, by delay, not_before_at or retry_delay

	WaitsFor []string `json:"waits_for,omitempty"` // of a pending task: those of After that have not ended
	Pinned   string   `json:"pinned,omitempty"`    // the worker that it has to go to: another task ran there, or it is the member of a broadcast for this worker
	// Hindrance says what keeps all workers from a pending task, if it is not only that they
	// are busy. It is one of the names of Standing.Why, and not in the journal.
	Hindrance string `json:"hindrance,omitempty"`

	Limits []Limiting `json:"limits,omitempty"` // limits that keep a pending task waiting; only from a running broker

	SubmittedAt  Time `json:"submitted_at,omitzero"`
	PendingAt    Time `json:"pending_at,omitzero"` // the last time it became pending
	DispatchedAt Time `json:"dispatched_at,omitzero"`
	StartedAt    Time `json:"started_at,omitzero"`
	EndedAt      Time `json:"ended_at,omitzero"`

	BodyKept    bool `json:"body_kept,omitempty"`    // of an ended task: its body is still there
	KeepUntilAt Time `json:"keep_until_at,omitzero"` // of an ended task that says how long it is kept

	Cancel   *Cancel   `json:"cancel,omitempty"`
	Progress *Progress `json:"progress,omitempty"` // what the current attempt has reported last

	Members *journal.Numbers `json:"members,omitempty"` // of an array or broadcast: how many members are in each state
	Array   string           `json:"array,omitempty"`   // of a member of an array: the array's ID
	Index   *uint32          `json:"index,omitempty"`   // of a member: its index, which it is told

	Broadcast string `json:"broadcast,omitempty"` // of a member of a broadcast: the broadcast's ID; Pinned is its worker

	Checkpoint *Checkpoint `json:"checkpoint,omitempty"` // the state that an attempt has saved for the next one

	Client  string   `json:"client,omitempty"`
	Key     string   `json:"key,omitempty"`
	Argv    []string `json:"argv,omitempty"`
	Options Options  `json:"options"`

	After   []string          `json:"after,omitempty"`    // tasks that had to end first: ID:ok, ID:any, ID:failed; or ID:worker for the worker of one
	OnUnmet string            `json:"on_unmet,omitempty"` // cancel or fail; only with After
	Labels  map[string]string `json:"labels,omitempty"`
}

// Target says which workers may run a task.
type Target struct {
	Kind string `json:"kind"`           // worker, service, all (workers of the service Name, or that Options.Where says) or any
	Name string `json:"name,omitempty"` // left out for any: Options.Where says which ones, or it is the worker of another task
}

// Names of Target.Kind.
const (
	TargetWorker  = "worker"
	TargetService = "service"
	TargetAll     = "all"
	TargetAny     = "any"
)

// Cancel says who asked for a cancellation, when and why.
type Cancel struct {
	By   string `json:"by"`
	Text string `json:"text,omitempty"`
	At   Time   `json:"at"`
}

// Progress is what a running attempt has reported last. It is not in the journal.
type Progress struct {
	Fraction float32           `json:"fraction"` // 0..1, negative if unknown
	Text     string            `json:"text,omitempty"`
	Pairs    map[string]string `json:"pairs,omitempty"` // small facts by name
}

// Checkpoint describes the state that an attempt has saved last.
type Checkpoint struct {
	Attempt uint32 `json:"attempt"` // the attempt that has saved it
	At      Time   `json:"at"`
	Size    int    `json:"size"` // bytes
}

// NewTask returns the task as a Task.
func NewTask(t *journal.Task) Task {
	v := Task{
		ID: t.ID.String(), State: t.State.String(), Ended: t.State.Ended(),
		Reason: t.Reason.String(), Text: t.Text, Class: t.Class, Worker: t.Worker, Attempt: t.Attempt,
		Failures: t.Failures, Losses: t.Losses, TriesUsed: t.Tries, Exhausted: t.Exhausted, Stopping: t.Stopping.String(),
		Pinned: t.Pinned, Held: t.Held, NotBeforeAt: Time(t.NotBeforeMS),
		SubmittedAt: Time(t.SubmittedMS), PendingAt: Time(t.PendingMS),
		DispatchedAt: Time(t.DispatchedMS), StartedAt: Time(t.StartedMS), EndedAt: Time(t.EndedMS), BodyKept: t.BodyKept, KeepUntilAt: Time(t.KeepUntilMS),
	}
	if t.State == journal.Pending {
		v.WaitsFor = dependencyTexts(t.Waits)
	}
	if c := t.Checkpoint; c != nil && c.Size > 0 {
		v.Checkpoint = &Checkpoint{Attempt: c.Attempt, At: Time(c.SavedMS), Size: c.Size}
	}
	if t.Tally != nil {
		numbers := t.Tally.Numbers()
		v.Members = &numbers
	}
	if t.Member != nil {
		v.Array, v.Index = t.Member.Group.String(), &t.Member.Index
	}
	if t.OfAll {
		v.Array, v.Broadcast = "", v.Array
	}
	for _, d := range t.Declined {
		v.Declined = append(v.Declined, d.Worker)
	}
	if t.CancelMS != 0 {
		v.Cancel = &Cancel{By: t.CancelBy, Text: t.CancelText, At: Time(t.CancelMS)}
	}
	if t.Spec != nil {
		v.asked(t.Spec)
	}
	return v
}

// asked fills in what was asked for with the task.
func (t *Task) asked(s *journal.Spec) {
	t.Client, t.Key, t.Argv = s.Client, s.Key, s.Argv
	t.Target = NewTarget(s.Target)
	t.After, t.OnUnmet, t.Labels = dependencyTexts(s.After), unmetName(s), wire.PairMap(s.Labels)
	t.Options = Options{Spec: *s}
}

// NewTarget returns the target as a Target.
func NewTarget(t journal.Target) Target { return Target{Kind: t.Kind.Words(), Name: t.Name} }
