package main

import (
	"fmt"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/journal"
)

// waits tells what waits for a worker, where in the queue, and what keeps it there.
func (x *explanation) waits(who string) {
	if q := x.Queue; q != nil {
		x.say("%s waits in the queue of %s: %s.", who, queueText(&x.Task), placeText(q))
		x.ahead(q)
	}
	x.limits()
	x.candidates()
}

// ahead names the first of the tasks that go before this one, or may.
func (x *explanation) ahead(q *api.Place) {
	for _, a := range q.First {
		x.say("Before it goes %s of %s, with priority %d.", a.ID, a.Client, a.Priority)
	}
	for _, a := range q.OtherFirst {
		x.say("In turns with it goes %s of %s, with priority %d.", a.ID, a.Client, a.Priority)
	}
}

// kept tells what keeps the task from its queue.
func (x *explanation) kept() {
	t := &x.Task
	switch {
	case t.Exhausted:
		x.say("Its tries are used up, so it is held: released, it has all of them again.")
	case t.Held:
		x.say("It is held: it waits until somebody releases it.")
	}
	for _, w := range x.WaitsFor {
		x.say("It waits for %s, which is %s, to %s.", w.ID, heldText(w.State, w.Held), wantsText(w.Wants))
	}
	if t.NotBeforeAt > x.Now {
		lead := "It is not"
		if t.Held || len(x.WaitsFor) > 0 {
			lead = "Nor is it"
		}
		x.say("%s dispatched before %s, which is in %s.", lead, t.NotBeforeAt, x.in(t.NotBeforeAt))
	}
}

// limits tells which limits keep the task, and what would change that.
func (x *explanation) limits() {
	for _, l := range x.Limits {
		switch {
		case l.Limit == broker.ArrayRunning:
			x.say("The array lets %d of its members run at a time (%s out): the next one waits until one is over.", l.Running, areText(l.Out))
		case l.Own:
			x.say("Its own limit %s keeps it until one is over: %d of %d attempts are out.", l.Limit, l.Out, l.Running)
		case l.Running > 0:
			x.say("The limit %s keeps it until one is over or 'bcp-ctl limits set' raises it: %d of %d attempts are out.", l.Limit, l.Out, l.Running)
		}
		if l.Rate > 0 {
			x.say("The rate of %s keeps it: %v a second, and the next may go in %s.", l.Limit, l.Rate, x.in(l.NextAt))
		}
	}
}

// queueText names the workers that a task waits for.
func queueText(t *api.Task) string {
	text := targetText(t.Target)
	if t.Target.Kind == api.TargetAny {
		text = "any worker"
	}
	if where := t.Options.Where; where != "" {
		text += " with " + where
	}
	return text
}

func placeText(q *api.Place) string {
	text := ownPlaceText(q)
	if q.Clients == 0 {
		return text
	}
	return fmt.Sprintf("of its client's tasks %s, and %s with %s take turns with it",
		text, count(q.Clients, "other client"), count(q.Others, "task"))
}

// ownPlaceText tells of the tasks that are of the same client.
func ownPlaceText(q *api.Place) string {
	switch {
	case q.Cut:
		return fmt.Sprintf("%d of the %d tasks or more that wait for the same workers go before it", q.Before, q.Length)
	case q.Length == 1:
		return "it is the only one"
	case q.Before == 0:
		return fmt.Sprintf("it is the first of the %d tasks that wait for the same workers", q.Length)
	case q.Before == 1:
		return fmt.Sprintf("1 of the %d tasks that wait for the same workers goes before it", q.Length)
	}
	return fmt.Sprintf("%d of the %d tasks that wait for the same workers go before it", q.Before, q.Length)
}

func wantsText(wants string) string {
	switch wants {
	case journal.WantsDone.String():
		return "end well"
	case journal.WantsFailure.String():
		return "fail or be canceled"
	case journal.WantsWorker.String():
		return "have a worker"
	}
	return "end"
}

func areText(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}
