package main

import (
	"bcp/broker/admin/api"
	"bcp/journal"
)

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
