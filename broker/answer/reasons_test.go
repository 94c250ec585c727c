package answer

import (
	"fmt"
	"strings"
	"testing"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/journal"
)

// What keeps a task is told one by one, with what would change it.
func TestReasons(t *testing.T) {
	service := journal.Target{Kind: journal.ToService, Name: "hash"}
	pending := journal.Task{State: journal.Pending, Spec: &journal.Spec{Target: service}}
	held, exhausted, delayed, running, failed := pending, pending, pending, pending, pending
	held.Held = true
	exhausted.Held, exhausted.Exhausted, exhausted.Reason = true, true, journal.ReasonError
	delayed.NotBeforeMS = 5000
	lost := delayed // and was delayed then
	lost.Attempt = 1
	running.State, running.Worker, running.Attempt = journal.Running, "w1", 1
	dispatched, holder := running, broker.Standing{Name: "w1", Live: true}
	dispatched.State = journal.Dispatched
	failed.State, failed.Reason = journal.Failed, journal.ReasonError
	toWorker := pending
	toWorker.Spec = &journal.Spec{Target: journal.Target{Kind: journal.ToWorker, Name: "w1"}}
	with := func(t journal.Task, why broker.Why) broker.Explanation { // the only worker, which that keeps
		w := broker.Standing{Name: "w1", Live: true, Obstacle: broker.Obstacle{Why: why, Term: "gpu=a100", Resource: "mem"}}
		return broker.Explanation{Task: t, Workers: 1, Candidates: []broker.Standing{w}}
	}
	tooSmall := with(pending, broker.TooSmall)
	tooSmall.Limits = []broker.Limiting{{Scope: journal.LimitService, Name: "hash", Out: 1, Running: 1}}
	for name, c := range map[string]struct {
		e    broker.Explanation
		want string
	}{
		"held":        {broker.Explanation{Task: held, Workers: 1}, "held: let it go on: bcp-ctl tasks release"},
		"exhausted":   {broker.Explanation{Task: exhausted, Workers: 1}, "exhausted error: try it again: bcp-ctl tasks retry"},
		"delayed":     {broker.Explanation{Task: delayed, Workers: 1}, "delayed: let it go at once: bcp-ctl tasks edit"},
		"lost":        {broker.Explanation{Task: lost, Workers: 1}, "delayed: let it go at once: bcp-ctl tasks edit"},
		"tried":       {broker.Explanation{Task: delayed, Between: true, Workers: 1}, "delayed: try it at once: bcp-ctl tasks retry"},
		"no worker":   {broker.Explanation{Task: pending}, "no-worker hash: start a worker of service hash, or give the task to others"},
		"no such one": {broker.Explanation{Task: toWorker}, "no-worker w1: start worker w1, or"},
		"stopping":    {broker.Explanation{Task: pending, Stopping: true, Workers: 1}, "stopping: start the broker again"},
		"queue":       {broker.Explanation{Task: pending, Workers: 1, Place: broker.Place{Before: 1, Length: 2}}, "queue: put it before others"},
		"busy":        {with(pending, broker.Busy), "worker w1 busy: start another worker of service hash"},
		"labels":      {with(pending, broker.NoMatch), "worker w1 labels: start a worker for which gpu=a100 holds"},
		"too small":   {with(pending, broker.TooSmall), "worker w1 resources: start a worker with mem="},
		"full": {
			with(pending, broker.Full),
			"worker w1 resources-taken: wait, start a worker of service hash with mem=0 free, or change what the task asks for: bcp-ctl tasks edit " + journal.ID{}.String() + " --resource",
		},
		"too small, and a limit": {
			tooSmall,
			"worker w1 resources: start a worker with mem=0, or change what the task asks for: bcp-ctl tasks edit " + journal.ID{}.String() + " --resource\n" +
				"limit service/hash: wait until it may go",
		},
		"held, and no worker": {
			broker.Explanation{Task: held}, "held: let it go on: bcp-ctl tasks release " + journal.ID{}.String() + "\nno-worker hash: start a worker",
		},
		"away":     {with(pending, broker.Away), "worker w1 away: bring worker w1 back"},
		"draining": {with(pending, broker.Draining), "worker w1 draining: start worker w1 anew"},
		"declined": {with(pending, broker.Declined), "worker w1 declined: let it be asked again"},
		"declined by the only one": {
			with(toWorker, broker.Declined),
			"worker w1 declined: let it be asked again: bcp-ctl tasks hold " + journal.ID{}.String() + ", and then tasks release, or give the task to others: bcp-ctl tasks move",
		},
		"held with its array": {
			broker.Explanation{Task: held, Stopping: true, Whole: &broker.Explanation{Task: held, Stopping: true, Workers: 1}},
			"held: let it go on: bcp-ctl tasks release " + journal.ID{}.String() + "\narray " + journal.ID{}.String() + ": \nstopping: start the broker again\nheld:",
		},
		"held back":   {broker.Explanation{Task: dispatched, Holder: &holder, HeldBack: true}, "held-back w1"},
		"fits":        {with(pending, broker.Fits), "worker w1:"},
		"holder away": {broker.Explanation{Task: running, Holder: &broker.Standing{Name: "w1"}}, "holder-away w1: bring worker w1 back, or cancel"},
		"runs":        {broker.Explanation{Task: running, Holder: &broker.Standing{Name: "w1", Live: true}}, ""},
	} {
		v := newExplanation(broker.Instant{WallMS: 1000}, &c.e)
		var got []string
		for _, r := range v.Reasons {
			got = append(got, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s", r.Code, r.About, r.Why)), " ")+": "+r.Advice)
		}
		if text := strings.Join(got, "\n"); !strings.HasPrefix(text, c.want) || (text == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
	if v := endedExplanation(&failed, 0); len(v.Reasons) != 1 || !strings.Contains(v.Reasons[0].Advice, "tasks retry") {
		t.Errorf("one that has failed: %+v", v.Reasons)
	}
	fits := with(pending, broker.Fits)
	limited := newExplanation(broker.Instant{}, &fits)
	limited.Limits = []view.Limiting{{Limit: "service/hash", Out: 2, Running: 2}, {Limit: "key/db", Out: 1, Running: 1, Own: true}}
	if r := reasons(&limited, false); len(r) != 3 || r[0].Code != "limit" || !strings.HasSuffix(r[0].Advice, "limits set service/hash") ||
		!strings.Contains(r[1].Advice, "--limit-key") || r[2].Advice != "" {
		t.Errorf("one that limits keep: %+v", r)
	}
	array := pending
	array.State, array.Tally = journal.Running, &journal.Tally{Count: 6, Next: 1, Out: 1}
	e := broker.Explanation{Task: array, Unstarted: 5, Limits: []broker.Limiting{{Out: 1, Running: 1, Own: true}}}
	if v := newExplanation(broker.Instant{}, &e); len(v.Reasons) != 2 || v.Limits[0].Limit != "array-running" ||
		!strings.HasSuffix(v.Reasons[1].Advice, "tasks edit "+array.ID.String()+" --array-running N") || v.Reasons[0].Code != "no-worker" {
		t.Errorf("an array: %+v", v.Reasons)
	}
	e.Unstarted, e.Limits = 0, nil
	if v := newExplanation(broker.Instant{}, &e); len(v.Reasons) != 0 {
		t.Errorf("an array all of whose members have started: %+v", v.Reasons)
	}
	waits := pending
	e = broker.Explanation{Task: waits, Workers: 1, Waits: []broker.Waiting{{Dependency: journal.Dependency{Task: journal.ID{1}}, State: journal.Pending, Held: true}}}
	if v := newExplanation(broker.Instant{}, &e); v.Reasons[0].Code != "waits-for" || !strings.Contains(v.Reasons[0].Advice, journal.ID{1}.String()) {
		t.Errorf("one that waits: %+v", v.Reasons)
	}
}
