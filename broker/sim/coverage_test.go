package sim_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"bcp/broker/sim"
	"bcp/broker/wire"
	"bcp/journal"
)

// space is all that can happen as far as the program's own lists tell: what a record
// of each kind can make of a task, and each reason, code, command, verdict and option.
// What is new in one of the lists is in it at once.
func space() map[string]bool {
	all := transitions()
	each := func(sort string, name func(n uint8) string, unknown string) {
		for n := range uint8(255) {
			if s := name(n); s != "" && !strings.HasPrefix(s, unknown+"(") {
				all[sort+": "+s] = true
			}
		}
	}
	each("record", func(n uint8) string { return journal.Kind(n).String() }, "kind")
	each("reason", func(n uint8) string { return journal.Reason(n).String() }, "reason")
	each("refusal", func(n uint8) string { return wire.Code(n).String() }, "code")
	for v := wire.VerdictDone; v <= wire.VerdictNever; v++ {
		all[fmt.Sprintf("verdict: %d", v)] = true
	}
	for do := wire.ChangeCancel; do <= wire.ChangeDrop; do++ {
		all["change is planned: "+do.String()], all["change is done: "+do.String()] = true, true
	}
	for what := wire.ShowExplanation; what <= wire.ShowMembers; what++ {
		all[fmt.Sprintf("shown: %d", what)] = true
	}
	for _, o := range journal.Options {
		all["option: "+o.Name] = true
		if o.Edit != journal.EditNever {
			all["edit: "+o.Name] = true
		}
	}
	for side, sort := range map[wire.Side]string{wire.ToBroker: "to broker", wire.ToPeer: "to peer"} {
		for _, m := range wire.Messages(side) {
			all[sort+": "+strings.TrimPrefix(fmt.Sprintf("%T", m), "*wire.")] = true
		}
	}
	return all
}

// transitions are all that records can make of tasks: each kind of record is tried on
// tasks in each state.
func transitions() map[string]bool {
	all := map[string]bool{}
	for _, t := range append(someTasks(), journal.Task{}) {
		for _, r := range someRecords(&t) {
			after := t
			if after.Apply(&r) == nil {
				all["transition: "+sim.Transition(r.Kind, t.State, &after)] = true
			}
		}
	}
	return all
}

// someTasks are tasks and arrays in each state that has not ended.
func someTasks() (list []journal.Task) {
	spec := &journal.Spec{Tries: 1, Array: "0-1"}
	for state := journal.Pending; !state.Ended(); state++ {
		for _, started := range []int64{0, 1} {
			for _, held := range []bool{false, true} {
				if state == journal.Running && started == 0 {
					continue
				}
				t := journal.Task{ID: journal.ID{1}, Spec: spec, State: state, Attempt: 1, Worker: "w", StartedMS: started, Held: held}
				waits := t
				waits.Waits = []journal.Dependency{{Task: journal.ID{2}, Wants: journal.WantsEnd}}
				list = append(list, t, waits)
				if state == journal.Dispatched {
					continue // a group never is
				}
				for _, ended := range []uint32{0, 2} {
					group, groupWaits := t, waits
					group.Tally = &journal.Tally{Count: 2, Failed: ended}
					groupWaits.Tally = group.Tally
					list = append(list, group, groupWaits)
				}
			}
		}
	}
	return list
}

// someRecords are records of each kind that may follow what the task has seen.
func someRecords(t *journal.Task) (list []journal.Record) {
	spec := &journal.Spec{Tries: 1}
	for kind := journal.KindSubmit; kind <= journal.KindSetting; kind++ {
		for _, state := range []journal.State{journal.Done, journal.Failed, journal.Canceled} {
			for _, more := range []uint32{0, 1} {
				r := journal.Record{Kind: kind, Task: t.ID, Attempt: t.Attempt + more, Worker: "w", State: state, Spec: spec, Other: journal.ID{2}}
				r.Count, r.Time = 2, 1
				switch kind {
				case journal.KindMember, journal.KindJoin:
					r.Task = journal.IDOf(r.Other, 0)
				case journal.KindMet:
					r.Worker = "" // it need not run where the other one did
				}
				list = append(list, r)
				if r.Spec = (&journal.Spec{Tries: 1, Array: "0-1"}); kind == journal.KindSubmit {
					list = append(list, r)
				}
				for _, out := range []uint64{0, 1} {
					if t.Tally != nil && kind == journal.KindTally {
						r.Tally = new(*t.Tally)
						r.Tally.StartMS = out
						list = append(list, r)
					}
				}
			}
		}
	}
	return list
}

// never are the things of the space that must not happen, and why.
var never = map[string]string{
	"edit: hold": "it is done by a hold or a release",
	"transition: checkpoint of a task: pending -> pending": "only the last one of an earlier attempt is read so, after a restart",
	"transition: end of a group: canceling -> failed":      "a group that is canceled ends so, or as done if all its members are",
	"transition: end of a task: dispatched -> canceled":    "it is being canceled first",
	"transition: end of a task: running -> canceled":       "it is being canceled first",
	"transition: end of a task: pending -> done":           "nobody has done it",
	"transition: stop of a task: canceling -> canceling":   "it is being stopped already",
	"refusal: busy":     "the server says so, before the core hears of it",
	"refusal: internal": "a store in memory can always be read",
	"refusal: damaged":  "likewise",
}

// demanded is what the lives of the suite have to meet beside the space; without it they
// would show less than they seem to.
var demanded = []string{
	"dependency: ok is met", "dependency: any is met", "dependency: failed is met", "dependency: on several",
	"dependency: on one that has ended", "dependency: waits over a restart", "dependency: unmet: canceled",
	"dependency: unmet: failed", "dependency: unmet, one after another", "end because of: dependency",
	"schedule: submitted held", "schedule: submitted with a delay", "schedule: submitted with a time",
	"schedule: submitted with a priority", "schedule: after its time", "schedule: in time, but not by the wall clock",
	"schedule: first by its priority", "schedule: first by its age",
	"schedule: clients take turns", "schedule: first by its client's turn", "schedule: waits longer with each failure",
	"array: a member is dispatched", "array: dispatched within its limit",
	"array: ends as done", "array: ends as failed", "array: ends as canceled", "array: stopped for its failures",
	"array: the rest ends: canceled", "array: the rest ends: array-failures", "array: the rest ends: queue-timeout",
	"array: the rest ends: dependency", "array: its status is told", "array: the status of a member without a row is told",
	"array: a member is forgotten",
	"action: broadcast", "broadcast: of a service", "broadcast: of labels", "broadcast: of several",
	"broadcast: of nobody yet", "broadcast: that takes late joiners", "broadcast: a worker joins late",
	"broadcast: on away: wait", "broadcast: on away: skip", "broadcast: on away: fail", "broadcast: a member is dispatched",
	"broadcast: away: wait", "broadcast: away: skip", "broadcast: away: fail",
	"end because of: member-away", "broadcast: ends as done", "broadcast: ends as failed", "broadcast: ends as canceled",
	"broadcast: ends without anybody: queue-timeout", "broadcast: ends without anybody: life-timeout",
	"broadcast: tried again",
	"limit: set", "limit: unset", "limit: reached", "limit: dispatched within that of a service",
	"limit: dispatched within that of a client", "limit: dispatched within that of a key", "limit: dispatched within a rate",
	"limit: in force over a restart", "end: done", "end: failed", "end: canceled",
	"end because of: finished", "end because of: error", "end because of: worker-lost",
	"end because of: start-timeout", "end because of: run-timeout", "end because of: queue-timeout",
	"end because of: refused", "end because of: canceled", "end because of: loss-limit",
	"requeue because of: error", "requeue because of: worker-lost", "requeue because of: attempt-missing",
	"requeue because of: start-timeout", "requeue because of: run-timeout", "requeue because of: refused",
	"exhausted because of: error", "exhausted because of: run-timeout", "exhausted because of: loss-limit",
	"failing: put aside", "failing: with fresh tries", "failing: for free: error", "failing: a loss that counts",
	"failing: at once, for its class", "failing: with a jitter",
	"stop because of: silence", "end because of: silence", "stop because of: life-timeout", "end because of: life-timeout",
	"requeue because of: elsewhere", "end because of: never", "declined: by another one", "declined: by all, and released",
	"requeue because of: returned", "requeue because of: undelivered",
	"batch: new", "batch: known", "batch: partly known", "batch: whole",
	"batch: waits for a later one", "batch: refused: key-conflict", "batch: refused: bad-option", "batch: refused: unknown-task",
	"batch: refused: too-large", "to broker: Replay", "to peer: ReplayRow", "to peer: ReplayEnd",
	"fault: broker dies at once", "fault: broker dies before its commit", "fault: broker dies after its commit",
	"fault: broker dies between its sends", "fault: broker dies of a failed commit", "fault: broker stops",
	"fault: send not delivered", "staged: a payload", "staged: for nothing", "staged: a word waits behind it",
	"staged: another payload of the same sender", "staged: nothing is taken in meanwhile", "staged: something is due meanwhile",
	"fault: broker dies after a payload is staged", "kept: a body", "kept: a step that goes with a later settling",
	"kept: a step that went with a settling before anybody asked", "kept: an end is told when it is forgotten",
	"kept: key, until its time", "kept: key, until there were too many",
	"kept: task kept as it asks, until its time", "kept: task kept as it asks, until there were too many",
	"kept: task kept as the broker keeps them, until its time",
	"kept: task kept as the broker keeps them, until there were too many",
	"members: shown: has not started", "time-out: changed by the worker", "time-out: over, as the worker has changed it",
	"place: where", "place: any worker", "place: resources", "place: resources beside others", "place: the same worker",
	"place: preferred", "place: content with another", "dependency: worker is met",
	"checkpoint: given", "checkpoint: given over an attempt", "checkpoint: taken away", "checkpoint: of a stale attempt",
	"edit: target", "edit: of a task that is pending", "edit: of a task that is running",
	"retry: of a task that is failed", "retry: of a task that is canceled", "end because of: dropped", "found: some", "found: none",
	"found by: service=s0 state=any", "found by: worker=w0,w1 state=any", "found by: client=c0 state=any", "found by: key=c0/* state=any",
	"found by: label=batch state=any", "found by: label.batch!=c0-*", "found by: class=oom,exit-* state=any", "found by: age>2s state=any",
	"explained: pending", "explained: dispatched", "explained: running", "explained: canceling", "explained: waits for a worker",
	"queue: waiting", "queue: running", "place: the least busy",
	"twin: has the name", "twin: has not the name", "stale: an attempt that a worker lists",
	"window: several results are on their way",
	"lane: a body is read", "lane: what was held back leaves", "lane: its worker comes back", "lane: its worker is gone", "lane: no start in time",
	"disk: a real journal", "disk: a compaction", "disk: the power is cut in a compaction", "disk: lost: a name that was taken", "disk: the power is cut in a commit", "disk: the power is cut in a commit that prunes",
	"disk: the power is cut in an opening", "disk: the power is cut in staging", "disk: the power is cut in no step",
	"disk: lost: a meta page", "disk: lost: pages of a transaction", "disk: lost: a part of a file", "disk: lost: a new name",
	"disk: lost: a removal", "disk: a task ends late", "disk: tasks are folded in a commit", "fault: broker dies with the power",
	"disk: a commit goes to the log", "disk: the log is settled in a commit", "disk: the log is settled in a commit that prunes",
	"disk: a task is read that is in the log alone", "disk: an opening brings in what was in the log alone",
	"disk: the power is cut in an end",
	"disk: a commit goes to the log while another generation is settled", "disk: a task is read that is being settled",
	"disk: a commit comes in a settling, before that is written", "disk: a commit comes in a settling, when that is durable",
	"disk: the power is cut in a commit in a settling",
	"disk: the power is cut in a turn of the log", "disk: the power is cut in a settling", "disk: the power is cut with two generations in the log",
}

// demandCoverage demands that all has happened that can.
func demandCoverage(t *testing.T, c sim.Coverage) {
	t.Helper()
	all := space()
	for _, kind := range demanded {
		all[kind] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		if c[kind] == 0 && never[kind] == "" {
			t.Errorf("%q has not happened", kind)
		}
	}
	for kind, why := range never {
		if c[kind] > 0 {
			t.Errorf("%q has happened %d times: %s", kind, c[kind], why)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(never)) {
		if !all[kind] {
			t.Errorf("%q is nothing that can happen, as far as the program's lists tell", kind)
		}
	}
}
