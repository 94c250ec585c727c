package main

import (
	"fmt"
	"strings"

	"bcp/broker"
	"bcp/broker/admin/api"
)

// declinedMax is how many workers are named that have declined a task.
const declinedMax = 5

// declined tells who wants another worker to do the task.
func (x *explanation) declined() {
	names := x.Task.Declined
	if len(names) == 0 {
		return
	}
	text := strings.Join(names[:min(len(names), declinedMax)], ", ")
	if more := len(names) - declinedMax; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	x.say("It was declined by %s: who has declined it is given it again when started anew, or when the task is held and released.", text)
}

// candidates tells which workers the task is for, and how each of them stands.
func (x *explanation) candidates() {
	x.chosen()
	x.known()
	for i := range x.Candidates {
		x.say("Worker %s.", x.standingText(&x.Candidates[i]))
	}
	if x.Task.Target.Kind == api.TargetWorker && len(x.Candidates) == 1 && x.Candidates[0].Declined {
		x.say("It is for that worker alone: it waits, and does not fail of itself.")
	}
	if more := x.CandidateCount - len(x.Candidates); more > 0 {
		x.say("And %d more.", more)
	}
}

// chosen tells for which workers the task is, beside what its target says.
func (x *explanation) chosen() {
	t := &x.Task
	switch {
	case t.Broadcast != "":
		x.say("It is worker %s's of broadcast %s, and for no other.", t.Pinned, t.Broadcast)
	case t.Pinned != "":
		x.say("It has to run at worker %s, where another task ran.", t.Pinned)
	}
	if x.Prefers != "" && x.Next != nil {
		x.say("For another %s it waits for a worker that it prefers, with %s; then for any that will do.", x.in(x.Next.At), x.Prefers)
	}
}

// known tells how many of these there are.
func (x *explanation) known() {
	t := &x.Task
	switch n := x.CandidateCount; {
	case t.Broadcast != "" && n == 0:
		x.say("Worker %s is not known: the task waits for it to come back.", t.Pinned)
	case t.Broadcast != "":
	case n == 0 && t.Target.Kind == api.TargetWorker:
		x.say("No worker of the name %s is known: the task waits for it to come.", t.Target.Name)
	case n == 0 && t.Target.Kind == api.TargetAny:
		x.say("No worker is known: the task waits for one to come.")
	case n == 0:
		x.say("No worker of the service %s is known: the task waits for one to come.", t.Target.Name)
	case t.Target.Kind == api.TargetService:
		x.say("The service %s has %s.", t.Target.Name, count(n, "worker"))
	}
}

// standingText tells how a worker stands: "w1 is live, with 2 of 4 slots busy".
func (x *explanation) standingText(s *api.Standing) string {
	if text := x.unfitText(s); text != "" {
		return s.Name + text
	}
	switch {
	case s.Declined:
		return s.Name + " has declined it"
	case s.State == api.WorkerAway && s.LostAt.IsZero():
		return s.Name + " is away"
	case s.State == api.WorkerAway:
		return fmt.Sprintf("%s is away: it has %s to come back", s.Name, x.in(s.LostAt))
	case s.State == api.WorkerDraining:
		return s.Name + " is draining: it takes nothing more"
	case s.Why == broker.Full.String():
		return fmt.Sprintf("%s has too little left: the task needs %s %s, and %s of %s are free", s.Name, s.Resource, s.Needs, s.Has, s.Of)
	case s.Why == broker.Kept.String():
		return s.Name + " is kept for a task that needs much and has waited for long"
	}
	return fmt.Sprintf("%s is live, with %d of %s busy", s.Name, s.Busy, count(s.Slots, "slot"))
}

// unfitText tells why a worker is not what a task asks for, "" if it is.
func (x *explanation) unfitText(s *api.Standing) string {
	switch s.Why {
	case broker.OtherTarget.String():
		return " is none of those any more that it is for"
	case broker.OtherWorker.String():
		return " is another one"
	case broker.NoMatch.String():
		return fmt.Sprintf(" does not match: the task wants %s", s.Term)
	case broker.NotPreferred.String():
		return fmt.Sprintf(" is not preferred: the task would rather have %s", s.Term)
	case broker.TooSmall.String():
		return fmt.Sprintf(" is too small: the task needs %s %s, and it has %s in all", s.Resource, s.Needs, s.Has)
	}
	return ""
}
