package main

import (
	"fmt"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// explanation writes an explanation in sentences, one a line.
type explanation struct {
	*api.Explanation
	lines []string
}

func explainText(e *api.Explanation) []string {
	x := explanation{Explanation: e}
	if e.Whole != nil {
		x.member()
		x.kept()
		return append(x.lines, explainText(e.Whole)...)
	}
	switch t := &e.Task; {
	case t.Ended:
		x.ended()
	case t.Members != nil:
		x.group()
	case t.State == journal.Pending.String():
		x.pending()
	default:
		x.active()
	}
	if e.Stopping {
		x.say("The broker is shutting down: it dispatches nothing.")
	}
	x.next()
	x.advice()
	return x.lines
}

func (x *explanation) say(format string, args ...any) {
	x.lines = append(x.lines, fmt.Sprintf(format, args...))
}

// since tells how long ago it was by the broker's clock, and in how far it is.
func (x *explanation) since(at api.Time) string { return age(at, x.Now.Time()) }

func (x *explanation) in(at api.Time) string { return span(at.Time().Sub(x.Now.Time())) }

func (x *explanation) ended() {
	t := &x.Task
	text := t.Text
	if t.Cancel != nil && t.Cancel.Text == text {
		text = "" // it comes with who asked
	}
	x.say("Task %s ended %s ago: it is %s.", t.ID, x.since(t.EndedAt), causeText(t.State, reasonText(t.Reason, t.Class), text))
	x.canceledBy()
}

func (x *explanation) canceledBy() {
	if c := x.Task.Cancel; c != nil {
		x.say("%s asked to cancel it %s ago%s.", c.By, x.since(c.At), colon(c.Text))
	}
}

func (x *explanation) pending() {
	t := &x.Task
	x.say("Task %s has been pending for %s.", t.ID, x.since(t.PendingAt))
	if t.Attempt > 0 {
		x.say("Its attempt %d at %s is %s.", t.Attempt, t.Worker, causeText("over", reasonText(t.Reason, t.Class), t.Text))
		x.tries()
	}
	x.declined()
	x.kept()
	x.waits("It")
}

// tries tells how many tries the task has had, and how many it may have.
func (x *explanation) tries() {
	t := &x.Task
	lost := ""
	if t.Losses > 0 {
		lost = fmt.Sprintf(", and %s lost under it, where %d may be", wereText(t.Losses), t.Options.LossesAllowed())
	}
	x.say("It has used %d of %d tries%s.", t.TriesUsed, t.Options.Tries, lost)
}

// advice tells what would change something, each once.
func (x *explanation) advice() {
	said := map[string]bool{"": true}
	for i := range x.Reasons {
		advice := x.Reasons[i].Advice
		if !said[advice] {
			x.say("What would help: %s.", advice)
		}
		said[advice] = true
	}
}

func wereText(workers uint32) string {
	if workers == 1 {
		return "1 worker was"
	}
	return fmt.Sprintf("%d workers were", workers)
}

func (x *explanation) active() {
	t := &x.Task
	switch t.State {
	case journal.Dispatched.String():
		if x.HeldBack {
			x.say("Task %s is for worker %s since %s, as attempt %d; it has not left the broker yet, for the worker has to take in others first, or its body is being read.", t.ID, t.Worker, x.since(t.DispatchedAt), t.Attempt)
			break
		}
		x.say("Task %s was given to worker %s %s ago, as attempt %d; its start is not confirmed yet.", t.ID, t.Worker, x.since(t.DispatchedAt), t.Attempt)
	case journal.Running.String():
		x.say("Task %s has been running at worker %s for %s, as attempt %d.", t.ID, t.Worker, x.since(t.StartedAt), t.Attempt)
	default:
		x.say("Task %s is being canceled: attempt %d at worker %s has to stop first.", t.ID, t.Attempt, t.Worker)
	}
	x.canceledBy()
	if t.Stopping != "" {
		x.say("The broker is stopping the attempt: %s.", t.Stopping)
	}
	if h := x.Holder; h != nil {
		x.say("Worker %s.", x.standingText(h))
	}
	if x.waitsForHolder() {
		x.say("The task waits for it, however long that takes.")
	}
}

// waitsForHolder tells whether the worker is away for longer than others would
// be waited for.
func (x *explanation) waitsForHolder() bool {
	return x.Holder != nil && x.Holder.State == api.WorkerAway && x.Holder.LostAt.IsZero()
}
