package broker

import (
	"fmt"
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// replayAction tells what was done about a task.
func (b *Broker) replayAction(i replayItem) string {
	t, err := b.lookup(i.task)
	switch {
	case err != nil:
		return ""
	case t.State == i.before && t.Attempt == i.attempt && !b.tasks.get(t.ID).worker.live:
		return waitText(t.Worker)
	case t.State == i.before && t.Attempt == i.attempt:
		return "goes on"
	case t.State.Ended():
		return "ended: " + t.Reason.String()
	case t.Attempt != i.attempt || t.State == journal.Pending:
		return "attempt given up: " + t.Reason.String()
	}
	return "taken in"
}

// wholeSeconds writes a time without a part of a second, unless that is all there is.
func wholeSeconds(ms int64) string {
	if ms > 1000 {
		ms -= ms % 1000
	}
	return journal.FormatDuration(ms)
}

// plan tells what a task waits for.
func (b *Broker) plan(now Instant, t *task) string {
	switch {
	case t.Tally != nil && (t.StartedMS != 0 || t.Tally.Rows() > 0):
		return "goes on: " + t.Tally.Numbers().String()
	case t.Exhausted:
		return "its tries are used up: held until it is released"
	case t.Held:
		return "held until it is released"
	case len(t.Waits) == 1:
		return fmt.Sprintf("waits for %s", t.Waits[0])
	case len(t.Waits) > 0:
		return fmt.Sprintf("waits for %d tasks, the first is %s", len(t.Waits), t.Waits[0])
	case t.State == journal.Pending && t.parked(now):
		return fmt.Sprintf("waits %s for its time", wholeSeconds((t.comes(now) - now.Mono).Milliseconds()))
	case t.lane != nil && len(t.lane.quota.limiting(now)) > 0:
		return "waits for limit " + t.lane.quota.limiting(now)[0].ID()
	case t.State == journal.Pending && b.pick(b.wanted(now, t)) != nil:
		return "offered to workers"
	case t.State == journal.Pending:
		return "waits for " + targetText(t)
	case !t.worker.live && b.outlasts(t):
		return waitText(t.Worker)
	case !t.worker.live:
		left := (t.worker.timer.at - now.Mono).Round(time.Second).Milliseconds()
		return fmt.Sprintf("waits %s for worker %s, then %s", wholeSeconds(left), t.Worker, b.lossText(t))
	case t.State == journal.Canceling:
		return fmt.Sprintf("worker %s is told to stop it", t.Worker)
	}
	return fmt.Sprintf("worker %s is asked", t.Worker)
}

// waitText tells of a task with a loss policy that outlasts any grace.
func waitText(worker string) string { return fmt.Sprintf("waits for worker %s to come back", worker) }

// lossText tells what becomes of a task when its worker is lost.
func (b *Broker) lossText(t *task) string {
	then, held := b.afterLoss(t)
	switch {
	case then == journal.Canceled:
		return "canceled"
	case then == journal.Failed:
		return "fail"
	case held:
		return "hold: its tries are used up"
	}
	return "requeue"
}

// outlasts tells whether the task waits for its worker, however long that takes.
func (b *Broker) outlasts(t *task) bool {
	then, _ := b.afterLoss(t)
	return then == t.State
}

func targetText(t *task) string {
	text := "a worker"
	switch target := t.Spec.Target; target.Kind {
	case journal.ToWorker:
		text = "worker " + target.Name
	case journal.ToService:
		text = "a worker of service " + target.Name
	case journal.ToAll:
		return "a " + audienceText(t.Spec)
	}
	if t.Spec.Where != "" {
		text += " with " + t.Spec.Where
	}
	return text
}

func phaseText(p wire.Phase) string {
	switch p {
	case wire.PhaseTaken:
		return "has it"
	case wire.PhaseRunning:
		return "runs it"
	}
	return "has ended it"
}
