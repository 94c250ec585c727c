package view

import "bcp/journal"

// Task is where a task stands, with all that was asked for.
type Task struct {
	ID      string `json:"id"`    // ULID
	State   string `json:"state"` // pending, dispatched, running, canceling, done, failed, canceled
	Ended   bool   `json:"ended"`
	Reason  string `json:"reason,omitempty"` // of the end, or of the last requeue
	Text    string `json:"text,omitempty"`   // what was said with it, such as the worker's error
	Class   string `json:"class,omitempty"`  // the sort of error, as the worker names it
	Target  Target `json:"target"`
	Worker  string `json:"worker,omitempty"` // of the current or last attempt
	Attempt uint32 `json:"attempt"`          // current or last, 0 before the first

	// Attempts since the submit, or since it was released when its tries were used up.
	Failures  uint32 `json:"failures"`             // that failed by the task's own fault
	Losses    uint32 `json:"losses"`               // whose worker was lost
	TriesUsed uint32 `json:"tries_used,omitempty"` // that used up one of its tries

	Exhausted bool     `json:"exhausted,omitempty"` // its tries are used up; it is held for that
	Declined  []string `json:"declined,omitempty"`  // workers that want another one to do it
	Stopping  string   `json:"stopping,omitempty"`  // why the broker is stopping the current attempt

	Held        bool `json:"held,omitempty"`         // put aside: not dispatched until it is released
	NotBeforeAt Time `json:"not_before_at,omitzero"` // not dispatched earlier, by delay, not_before_at or retry_delay

	WaitsFor []string `json:"waits_for,omitempty"` // of After, what has not ended; only of a pending task
	Pinned   string   `json:"pinned,omitempty"`    // the worker that it has to go to: another task ran there, or it is that one's of a broadcast
	// Hindrance tells what keeps all workers from a pending task, if it is more than
	// that they are busy: one of the names of Standing.Why. Not journaled.
	Hindrance string `json:"hindrance,omitempty"`

	Limits []Limiting `json:"limits,omitempty"` // that keep a pending task; only from a running broker

	SubmittedAt  Time `json:"submitted_at,omitzero"`
	PendingAt    Time `json:"pending_at,omitzero"` // the last time it became pending
	DispatchedAt Time `json:"dispatched_at,omitzero"`
	StartedAt    Time `json:"started_at,omitzero"`
	EndedAt      Time `json:"ended_at,omitzero"`

	BodyKept    bool `json:"body_kept,omitempty"`    // of an ended task: its body is still there
	KeepUntilAt Time `json:"keep_until_at,omitzero"` // of an ended task that says how long it is kept

	Cancel   *Cancel   `json:"cancel,omitempty"`
	Progress *Progress `json:"progress,omitempty"` // what the current attempt said last

	Members *journal.Numbers `json:"members,omitempty"` // of an array or broadcast: where its members stand
	Array   string           `json:"array,omitempty"`   // of a member: the array that it is of
	Index   *uint32          `json:"index,omitempty"`   // of a member: what it is told which one it is

	Broadcast string `json:"broadcast,omitempty"` // of a member: the broadcast that it is of; Pinned is its worker

	Checkpoint *Checkpoint `json:"checkpoint,omitempty"` // the state that an attempt has saved for the next one

	Client  string   `json:"client,omitempty"`
	Key     string   `json:"key,omitempty"`
	Argv    []string `json:"argv,omitempty"`
	Options Options  `json:"options"`

	After   []string          `json:"after,omitempty"`    // tasks that had to end first: ID:ok, ID:any, ID:failed; or ID:worker for the worker of one
	OnUnmet string            `json:"on_unmet,omitempty"` // cancel or fail; only with After
	Labels  map[string]string `json:"labels,omitempty"`
}

// Target names who shall do a task.
type Target struct {
	Kind string `json:"kind"`           // worker, service, all (workers of the service Name, or that Options.Where says) or any
	Name string `json:"name,omitempty"` // none for any: Options.Where says which, or the task is for the same worker as another
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

// Progress is the last word of a running attempt. It is not journaled.
type Progress struct {
	Fraction float32           `json:"fraction"` // 0..1, negative if unknown
	Text     string            `json:"text,omitempty"`
	Pairs    map[string]string `json:"pairs,omitempty"` // small facts
}

// Checkpoint tells of the state that an attempt has saved last.
type Checkpoint struct {
	Attempt uint32 `json:"attempt"` // that saved it
	At      Time   `json:"at"`
	Size    int    `json:"size"` // bytes
}

// NewTask returns the task as it is shown.
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
	t.After, t.OnUnmet, t.Labels = dependencyTexts(s.After), unmetName(s), LabelMap(s.Labels)
	t.Options = Options{Spec: *s}
}

// NewTarget returns the target as it is shown.
func NewTarget(t journal.Target) Target { return Target{Kind: t.Kind.Words(), Name: t.Name} }
