package journal

import (
	"fmt"
	"slices"
	"strings"
)

// State is where a task stands. The list is append-only: numbers are on disk.
type State uint8

const (
	Pending    State = 1 // waits for a worker
	Dispatched State = 2 // given to a worker that has not confirmed the start
	Running    State = 3 // the worker confirmed the start
	Canceling  State = 4 // cancellation was asked for; the worker has not confirmed
	Done       State = 5 // ended well
	Failed     State = 6 // ended with an error
	Canceled   State = 7 // ended by cancellation
)

var stateNames = [...]string{
	Pending: "pending", Dispatched: "dispatched", Running: "running", Canceling: "canceling",
	Done: "done", Failed: "failed", Canceled: "canceled",
}

// States lists all states in the order of a task's life.
var States = []State{Pending, Dispatched, Running, Canceling, Done, Failed, Canceled}

// String returns the state's name as operators see it.
func (s State) String() string { return nameOf(stateNames[:], int(s), "state") }

// Ended tells whether the state is final.
func (s State) Ended() bool { return s >= Done }

// ParseState reads a state's name. The error lists the accepted names.
func ParseState(name string) (State, error) {
	if s := slices.Index(stateNames[:], name); s > 0 {
		return State(s), nil
	}
	return 0, fmt.Errorf("unknown state %q: use one of %s", name, strings.Join(stateNames[1:], ", "))
}

// LossPolicy says what becomes of a task whose worker is lost. The list is
// append-only: numbers are on disk and on the wire.
type LossPolicy uint8

const (
	LossDefault LossPolicy = 0 // as the broker is configured
	LossRequeue LossPolicy = 1 // give it to another worker, within Spec.LossMax
	LossWait    LossPolicy = 2 // wait for the worker to return, without end
	LossFail    LossPolicy = 3 // the task fails
)

var lossPolicyNames = [...]string{
	LossDefault: "default", LossRequeue: "requeue", LossWait: "wait", LossFail: "fail",
}

// String returns the policy's name as flags and the API spell it.
func (p LossPolicy) String() string { return nameOf(lossPolicyNames[:], int(p), "policy") }

// ParseLossPolicy reads requeue, wait or fail. The error lists them.
func ParseLossPolicy(name string) (LossPolicy, error) {
	p := slices.Index(lossPolicyNames[:], name)
	if p < int(LossRequeue) {
		return 0, fmt.Errorf("%q: %s is accepted", name, alternatives(lossPolicyNames[LossRequeue:]))
	}
	return LossPolicy(p), nil
}
