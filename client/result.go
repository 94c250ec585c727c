package client

import (
	"encoding/json"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// Result is how a task ended.
type Result struct {
	Task    journal.ID
	State   journal.State // Done, Failed or Canceled
	Reason  journal.Reason
	Text    string // error text, or the reason given with a cancel
	Class   string // the sort of error, as the worker names it; "" for none
	Body    []byte // the worker's output
	Attempt uint32 // the last one, 0 if there was none
	Worker  string // of the last attempt
}

// TaskError tells that a task ended as failed or canceled.
type TaskError struct {
	Task   journal.ID
	State  journal.State
	Reason journal.Reason
	Text   string
	Class  string // the sort of error, as the worker names it; "" for none
}

// Error names the task, its end and why.
func (e *TaskError) Error() string {
	s := fmt.Sprintf("task %s %s: %s", e.Task, e.State, e.Reason)
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// Members tells how many members of an array or a broadcast ended in which way. It is an
// error for the result of any other task.
func (r *Result) Members() (journal.Numbers, error) {
	s, err := r.Summary()
	return s.Numbers, err
}

// Summary tells how the members of a broadcast ended, for each worker; of an array, only
// how many ended in which way. It is an error for the result of any other task.
func (r *Result) Summary() (journal.Summary, error) {
	var s journal.Summary
	if err := json.Unmarshal(r.Body, &s); err != nil || s.Members == 0 {
		return s, fmt.Errorf("task %s is no array and no broadcast: its result doesn't tell of members", r.Task)
	}
	return s, nil
}

// newResult returns how a task ended, nothing for one that has no end.
func newResult(m *wire.Ended) Result {
	if m == nil {
		return Result{}
	}
	return Result{
		Task: m.Task, State: m.State, Reason: m.Reason, Text: m.Text, Class: m.Class,
		Body: m.Result, Attempt: m.Attempt, Worker: m.Worker,
	}
}

// endError returns nil for a task that ended well.
func endError(m *wire.Ended) error {
	if m.State == journal.Done {
		return nil
	}
	return &TaskError{Task: m.Task, State: m.State, Reason: m.Reason, Text: m.Text, Class: m.Class}
}
