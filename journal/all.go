package journal

import (
	"errors"
	"fmt"
)

// A broadcast is a group with a member for each worker that its target means when it
// is submitted; with late joiners, also for those that come while it lives. Each has
// a row from the start, and belongs to the worker that it names:
//
//	submit of the broadcast                            node4 registers
//	        |                                                |
//	 ID +---------+ +----------+----------+----------+ +----------+ - - - - - +
//	    | whole   | | join     | join     | join     | | join     |  MaxAll
//	    | Tally   | | node1    | node2    | node3    | | node4    |  in all
//	    +---------+ +----------+----------+----------+ +----------+ - - - - - +

// MaxAll bounds the members of one broadcast: so many IDs follow each one's own. A
// fleet whose workers have another name with each start reaches it some day.
const MaxAll = 1 << 20

// AwayPolicy says what becomes of a broadcast's member whose worker stays away. The
// list is append-only: numbers are on disk and on the wire.
type AwayPolicy uint8

const (
	AwayWait AwayPolicy = 0 // it waits for the worker to come back, without end
	AwaySkip AwayPolicy = 1 // it is canceled, and counts as skipped
	AwayFail AwayPolicy = 2 // it fails
)

var awayNames = [...]string{AwayWait: "wait", AwaySkip: "skip", AwayFail: "fail"}

// String returns the policy's name as flags and the API spell it.
func (p AwayPolicy) String() string { return nameOf(awayNames[:], int(p), "policy") }

// End returns how a member ends whose worker stays away; false if it waits.
func (p AwayPolicy) End() (State, bool) {
	switch p {
	case AwaySkip:
		return Canceled, true
	case AwayFail:
		return Failed, true
	}
	return 0, false
}

// OfMember is the target of a broadcast's members: any worker that it means. Which
// one it is, their rows say apart.
func (t Target) OfMember() Target {
	if t.Name == "" {
		return Target{Kind: ToAny}
	}
	return Target{Kind: ToService, Name: t.Name}
}

// allRule refuses what makes no sense with a broadcast, and what is only for one.
func allRule(s *Spec) error {
	all := s.Target.Kind == ToAll
	switch {
	case !all && s.LateJoiners:
		return errors.New("late-joiners: only accepted with all")
	case !all && s.OnAway != AwayWait:
		return fmt.Errorf("on-away %s: only accepted with all", s.OnAway)
	case !all:
		return nil
	case s.Target.Name == "" && s.Where == "":
		return errors.New("target: all of a service, or all that match where, is accepted")
	case s.Array != "":
		return fmt.Errorf("array %q: not accepted with a broadcast, whose members are the workers'", s.Array)
	case s.Prefer != "":
		return fmt.Errorf("prefer %q: not accepted with a broadcast, each of whose members is for one worker", s.Prefer)
	case workersWanted(s) > 0:
		return errors.New("same-worker-as: not accepted with a broadcast, each of whose members is for one worker")
	}
	return nil
}

// CheckMove tells why a task can't be given another target, as far as broadcasts matter:
// who is in one was settled when it was submitted. A target of no kind is no change.
func (t *Task) CheckMove(to Target) error {
	switch {
	case to.Kind == 0 || to == t.Spec.Target:
		return nil
	case to.Kind == ToAll:
		return errors.New("target: a task can't be made a broadcast after the submit")
	}
	return t.checkSettled()
}

// checkSettled tells why the workers that the task is for can't be changed.
func (t *Task) checkSettled() error {
	switch {
	case t.Spec.Target.Kind == ToAll:
		return fmt.Errorf("target and where: they can't be changed of a broadcast, which %s is", t.ID)
	case t.OfAll:
		return fmt.Errorf("target and where: they can't be changed of %s, which is a broadcast's member for worker %s", t.ID, t.Pinned)
	}
	return nil
}
