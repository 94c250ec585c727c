package main

import (
	"fmt"
	"strings"

	"bcp/broker"
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

// waits tells what waits for a worker, where in the queue, and what keeps it there.
func (x *explanation) waits(who string) {
	if q := x.Queue; q != nil {
		x.say("%s waits in the queue of %s: %s.", who, queueText(&x.Task), placeText(q))
		x.ahead(q)
	}
	x.limits()
	x.candidates()
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
	x.say("It was declined by %s: who has is given it again when it starts anew, or when the task is held and released.", text)
}

func areText(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

func wereText(workers uint32) string {
	if workers == 1 {
		return "1 worker was"
	}
	return fmt.Sprintf("%d workers were", workers)
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

func (x *explanation) candidates() {
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
	for i := range x.Candidates {
		x.say("Worker %s.", x.standingText(&x.Candidates[i]))
	}
	if t.Target.Kind == api.TargetWorker && len(x.Candidates) == 1 && x.Candidates[0].Declined {
		x.say("It is for that worker alone: it waits, and does not fail of itself.")
	}
	if more := x.CandidateCount - len(x.Candidates); more > 0 {
		x.say("And %d more.", more)
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

// next tells what happens of itself, but for the time of the dispatch, which is
// told with what keeps the task.
func (x *explanation) next() {
	if x.Next != nil {
		x.deadline(x.Next)
	}
	if x.Life != nil {
		x.endOfLife(x.Life)
	}
}

func (x *explanation) deadline(d *api.Deadline) {
	then := x.thenText(d)
	switch d.Reason {
	case "":
	case journal.ReasonQueueTimeout.String():
		x.say("If it is not dispatched within %s, %s (%s).", x.in(d.At), then, d.Reason)
	case journal.ReasonStartTimeout.String():
		x.say("If its start is not confirmed within %s, the attempt is stopped and %s (%s).", x.in(d.At), then, d.Reason)
	case journal.ReasonRunTimeout.String():
		x.say("If it has not ended within %s, the attempt is stopped and %s (%s).", x.in(d.At), then, d.Reason)
	case journal.ReasonSilence.String():
		x.say("If its worker says nothing of it within %s, the attempt is stopped and %s (%s).", x.in(d.At), then, d.Reason)
	case journal.ReasonLifeTimeout.String():
		x.endOfLife(d)
	default:
		x.say("If the worker has not come back within %s, %s (%s).", x.in(d.At), then, d.Reason)
	}
}

// endOfLife tells when the task has to have ended, whatever it is at.
func (x *explanation) endOfLife(d *api.Deadline) {
	stopped := ""
	if x.Holder != nil {
		stopped = "the attempt is stopped and "
	}
	x.say("If it has not ended within %s, %sthe task fails (%s).", x.in(d.At), stopped, d.Reason)
}

// thenText tells what becomes of the task at its deadline.
func (x *explanation) thenText(d *api.Deadline) string {
	switch d.State {
	case x.Task.State:
		return "the task goes on waiting for it"
	case journal.Pending.String():
		if d.Held {
			return "the task is put aside, for its tries are used up"
		}
		return "the task is tried again"
	case journal.Failed.String():
		return "the task fails"
	}
	return "the task is " + d.State
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
