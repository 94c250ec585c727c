package filter

import (
	"strings"

	"bcp/journal"
)

// name is what a term may begin with, beside label.NAME.
type name struct {
	name string
	what string // what is meant, for help
	add  func(*Filter, *term) error
}

var names []name

// The table refers to functions that tell what is in it.
func init() {
	names = []name{
		{"state", "a state, or live, ended or any; left out it means live", (*Filter).addState},
		{"service", "the service that it was submitted to", text(func(t *journal.Task, is func(string) bool) bool {
			return t.Spec != nil && namesService(t.Spec.Target) && is(t.Spec.Target.Name)
		})},
		{"worker", "the worker of its current or last attempt, or that it was submitted to or is for", text(hasWorker)},
		{"client", "the client that submitted it, or its session", text(func(t *journal.Task, is func(string) bool) bool {
			return t.Spec != nil && (is(t.Spec.ClientName()) || is(t.Spec.Client))
		})},
		{"key", "the key that it was submitted under", text(func(t *journal.Task, is func(string) bool) bool {
			return t.Spec != nil && is(t.Spec.Key)
		})},
		{"label", "a label that it has, by its name or as name=value; see label.NAME", (*Filter).addLabels},
		{"reason", "why it ended, or was last tried again", (*Filter).addReason},
		{"class", "the sort of its last error, as the worker named it", text(func(t *journal.Task, is func(string) bool) bool {
			return t.Class != "" && is(t.Class)
		})},
		{"priority", "its priority, a number", number(func(t *journal.Task) int64 { return int64(t.Spec.Priority) })},
		{"attempt", "the number of its current or last attempt, 0 before the first", number(func(t *journal.Task) int64 { return int64(t.Attempt) })},
		{"failures", "how many of its attempts failed by its own fault", number(func(t *journal.Task) int64 { return int64(t.Failures) })},
		{"losses", "how many workers were lost under it", number(func(t *journal.Task) int64 { return int64(t.Losses) })},
		{"held", "it is put aside", flag(func(t *journal.Task, _ int64) bool { return t.Held })},
		{"delayed", "it waits for its time, by the wall clock", flag(delayed)},
		{"waiting", "it waits for other tasks to end", flag(func(t *journal.Task, _ int64) bool {
			return t.State == journal.Pending && len(t.Waits) > 0
		})},
		{"exhausted", "it was put aside when its tries were used up", flag(func(t *journal.Task, _ int64) bool { return t.Exhausted })},
		{"retry-of", "the ID of the task that it does once more", task(func(t *journal.Task, is func(string) bool) bool {
			return t.Spec != nil && !t.Spec.RetryOf.IsZero() && is(t.Spec.RetryOf.String())
		})},
		{"group", "the ID of the group that it is, or that it is a member of that has started", task(inGroup)},
		{"age", "how long ago it was submitted: age>2h, age<7d", (*Filter).addAge},
		{"older-than", "it was submitted longer ago than this", (*Filter).addAge},
		{"newer-than", "it was submitted no longer ago than this", (*Filter).addAge},
		{"since", "it was submitted at this time or later, or since so long ago: since=2h", (*Filter).addMoment},
		{"before", "it was submitted before this time, or longer ago than this", (*Filter).addMoment},
	}
}

// Names returns the names that a term may begin with, as one text for errors and help.
func Names() string {
	list := make([]string, 0, len(names)+1)
	for _, n := range names {
		list = append(list, n.name)
	}
	return strings.Join(append(list, "label.NAME"), ", ")
}

// Help returns a line of two columns for each name that a term may begin with: the name, and
// what it means.
func Help() [][2]string {
	lines := make([][2]string, 0, len(names)+1)
	for _, n := range names {
		lines = append(lines, [2]string{n.name, n.what})
	}
	return append(lines, [2]string{"label.NAME", "the value of its label NAME"})
}

func namesService(t journal.Target) bool {
	return t.Kind == journal.ToService || t.Kind == journal.ToAll && t.Name != ""
}

func hasWorker(t *journal.Task, is func(string) bool) bool {
	return t.Worker != "" && is(t.Worker) || t.OfAll && is(t.Pinned) ||
		t.Spec != nil && t.Spec.Target.Kind == journal.ToWorker && is(t.Spec.Target.Name)
}

// inGroup tells whether a task is a group, or a member of one with a row of its own.
func inGroup(t *journal.Task, is func(string) bool) bool {
	return t.Tally != nil && is(t.ID.String()) || t.Member != nil && is(t.Member.Group.String())
}

// delayed tells whether a task waits for its time. One that is held as well
// waits for both.
func delayed(t *journal.Task, nowMS int64) bool {
	return t.State == journal.Pending && t.NotBeforeMS > nowMS
}
