package main

import (
	"fmt"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// group tells where the members of an array or a broadcast stand, and what keeps
// those that have not started.
func (x *explanation) group() {
	t := &x.Task
	if t.State == journal.Canceling.String() {
		x.say("%s is being canceled, and its members that are out have to stop first: %s.", groupText(t), t.Members)
	} else {
		x.say("%s is %s: %s.", groupText(t), heldText(t.State, t.Held), t.Members)
	}
	x.canceledBy()
	x.kept()
	switch {
	case t.Members.Members == 0:
		x.say("It waits for a worker to come that it is for.")
		return
	case x.Unstarted > 0:
		x.waits("Its next member")
	}
	x.say("Where each of them stands: bcp-ctl tasks %s.", membersCommand(t))
}

// member tells which member of an array or a broadcast one is that waits with that.
func (x *explanation) member() {
	t := &x.Task
	switch {
	case t.Broadcast != "":
		x.say("Task %s is the member of broadcast %s for worker %s, and waits with that.", t.ID, t.Broadcast, t.Pinned)
		return
	case t.Attempt > 0:
		x.say("Task %s is member %s of array %s, and waits with that for its next attempt.", t.ID, indexText(t), t.Array)
		return
	}
	place := "it is the next"
	if x.Before > 0 {
		place = fmt.Sprintf("%d of those that haven't either go before it", x.Before)
	}
	x.say("Task %s is member %s of array %s, and has not started: %s.", t.ID, indexText(t), t.Array, place)
}

// groupText names an array, or a broadcast and the workers that it is for.
func groupText(t *api.Task) string {
	if t.Target.Kind == api.TargetAll {
		return "Broadcast " + t.ID + " to " + audienceText(t)
	}
	return "Array " + t.ID
}

// membersCommand is what shows the members one by one.
func membersCommand(t *api.Task) string {
	if t.Target.Kind == api.TargetAll {
		return "show " + t.ID
	}
	return "list --array " + t.ID
}

// audienceText names the workers that a broadcast is for.
func audienceText(t *api.Task) string {
	text := "all workers"
	if t.Target.Name != "" {
		text += " of service " + t.Target.Name
	}
	if where := t.Options.Where; where != "" {
		text += " with " + where
	}
	return text
}
