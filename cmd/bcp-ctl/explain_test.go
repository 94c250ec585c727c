package main

import (
	"strings"
	"testing"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/journal"
)

// brokerNow is the broker's clock in explanations; moments are so many
// milliseconds before or after it.
const brokerNow api.Time = 1769860800000

// Explanations read like sentences, whatever there is to tell.
func TestExplainText(t *testing.T) {
	service := api.Target{Kind: api.TargetService, Name: "hash"}
	pending := api.Task{ID: "T1", State: "pending", Target: service, PendingAt: brokerNow - 90_000}
	retried, held := pending, pending
	retried.Attempt, retried.Worker, retried.Reason, retried.Text = 2, "w1", "error", "exit status 3"
	retried.Class, retried.TriesUsed, retried.Options.Tries = "exit-3", 2, 5
	exhausted := retried
	exhausted.Held, exhausted.Exhausted, exhausted.TriesUsed, exhausted.NotBeforeAt = true, true, 5, 0
	exhausted.Losses, exhausted.Options.LossMax = 1, 3
	unlucky := exhausted
	unlucky.TriesUsed, unlucky.Options.LossMax = 1, journal.NoLoss
	exhausted.Declined = []string{"w1", "w2", "w3", "w4", "w5", "w6"}
	retried.NotBeforeAt = brokerNow + 7000
	held.Held, held.NotBeforeAt = true, brokerNow+60_000
	placed := pending
	placed.Target, placed.Pinned, placed.Options.Where = api.Target{Kind: api.TargetAny}, "w6", "gpu"
	running := api.Task{ID: "T1", State: "running", Worker: "w1", Attempt: 1, StartedAt: brokerNow - 5000}
	stopping := running
	stopping.Stopping = "run-timeout"
	canceling := running
	canceling.State, canceling.Cancel = "canceling", &api.Cancel{By: "ann", Text: "wrong input", At: brokerNow - 70_000}
	canceled := canceling
	canceled.State, canceled.Reason, canceled.Text = "canceled", "canceled", "wrong input"
	canceled.Ended, canceled.EndedAt = true, brokerNow-60_000
	doneFirst := canceled
	doneFirst.State, doneFirst.Reason, doneFirst.Text = "done", "finished", ""
	array := api.Task{ID: "T1", State: "running", Target: service, Members: &journal.Numbers{Members: 6, Out: 1, Waiting: 5}}
	allOut, index := array, uint32(40)
	allOut.State, allOut.Members, allOut.Cancel = "canceling", &journal.Numbers{Members: 6, Out: 1, Canceled: 5}, canceling.Cancel
	broadcast := array
	broadcast.Target, broadcast.Options.Where = api.Target{Kind: api.TargetAll, Name: "hash"}, "gpu"
	heldBack, alone := running, retried
	heldBack.State, heldBack.DispatchedAt = "dispatched", brokerNow-5000
	alone.Target, alone.NotBeforeAt = api.Target{Kind: api.TargetWorker, Name: "w1"}, 0
	alone.Reason, alone.Class, alone.Text, alone.Declined = "elsewhere", "", "no command for add", []string{"w1"}
	away := &api.Standing{Name: "w1", State: api.WorkerAway, LostAt: brokerNow + 30_000}
	for want, e := range map[string]api.Explanation{
		`Array T1 is running: 0 of 6 members done, 1 out, 5 waiting.
			Its next member waits in the queue of service/hash: it is the only one.
			The array lets 1 of its members run at a time (1 is out): the next one waits until one is over.
			The service hash has 1 worker.
			Worker w1 is live, with 1 of 4 slots busy.
			Where each of them stands: bcp-ctl tasks list --array T1.`: {
			Task: array, Unstarted: 5, Queue: &api.Place{Length: 1}, Limits: []api.Limiting{{Limit: broker.ArrayRunning, Own: true, Out: 1, Running: 1}},
			CandidateCount: 1, Candidates: []api.Standing{{Name: "w1", State: api.WorkerLive, Slots: 4, Busy: 1}},
		},
		`Array T1 is being canceled, and its members that are out have to stop first: 0 of 6 members done, 5 canceled, 1 out.
			ann asked to cancel it 1m10s ago: wrong input.
			Where each of them stands: bcp-ctl tasks list --array T1.`: {Task: allOut},
		`Task T1.4 is member 40 of array T1, and has not started: 3 of those that haven't either go before it.
			Array T1 is running: 0 of 6 members done, 1 out, 5 waiting.
			The service hash has 1 worker.
			And 1 more.
			Where each of them stands: bcp-ctl tasks list --array T1.
			What would help: start another worker.`: {
			Task: api.Task{ID: "T1.4", State: "pending", Array: "T1", Index: &index, Target: service}, Before: 3,
			Whole:   &api.Explanation{Task: array, Unstarted: 5, CandidateCount: 1, Reasons: []api.Reason{{Code: "worker", Advice: "start another worker"}}},
			Reasons: []api.Reason{{Code: "array", About: "T1"}, {Code: "worker", Advice: "start another worker"}},
		},
		`Task T1.4 is member 40 of array T1, and waits with that for its next attempt.
			It is held: it waits until somebody releases it.
			Array T1 is running: 0 of 6 members done, 1 out, 5 waiting.
			Where each of them stands: bcp-ctl tasks list --array T1.`: {
			Task:  api.Task{ID: "T1.4", State: "pending", Array: "T1", Index: &index, Target: service, Attempt: 1, Held: true},
			Whole: &api.Explanation{Task: array},
		},
		`Task T1.1 is the member of broadcast T1 for worker w2, and waits with that.
			Broadcast T1 to all workers of service hash with gpu is running: 0 of 6 members done, 1 out, 5 waiting.
			Where each of them stands: bcp-ctl tasks show T1.`: {
			Task:  api.Task{ID: "T1.1", State: "pending", Broadcast: "T1", Pinned: "w2", Target: service},
			Whole: &api.Explanation{Task: broadcast},
		},
		`Broadcast T1 to all workers of service hash with gpu is running: 0 of 6 members done, 1 out, 5 waiting.
			Where each of them stands: bcp-ctl tasks show T1.`: {Task: broadcast},
		`Task T1 is for worker w1 since 5s, as attempt 1; it has not left the broker yet, for the worker has to take in others first, or its body is being read.
			Worker w1 is live, with 1 of 4 slots busy.`: {
			Task: heldBack, HeldBack: true, Holder: &api.Standing{Name: "w1", State: api.WorkerLive, Slots: 4, Busy: 1},
		},
		`Task T1 has been pending for 1m30s.
			Its attempt 2 at w1 is over (elsewhere): no command for add.
			It has used 2 of 5 tries.
			It was declined by w1: who has declined it is given it again when started anew, or when the task is held and released.
			Worker w1 has declined it.
			It is for that worker alone: it waits, and does not fail of itself.`: {
			Task: alone, CandidateCount: 1, Candidates: []api.Standing{{Name: "w1", State: api.WorkerLive, Slots: 4, Declined: true, Why: "declined"}},
		},
		"Task T1 ended 1m0s ago: it is failed (error): exit status 3.": {
			Task: api.Task{ID: "T1", State: "failed", Ended: true, Reason: "error", Text: "exit status 3", EndedAt: brokerNow - 60_000},
		},
		`Task T1 ended 1m0s ago: it is canceled.
			ann asked to cancel it 1m10s ago: wrong input.`: {Task: canceled},
		`Task T1 ended 1m0s ago: it is done (finished).
			ann asked to cancel it 1m10s ago: wrong input.`: {Task: doneFirst},
		`Task T1 is being canceled: attempt 1 at worker w1 has to stop first.
			ann asked to cancel it 1m10s ago: wrong input.`: {Task: canceling},
		`Task T1 has been pending for 1m30s.
			It waits in the queue of service/hash: it is the only one.
			No worker of the service hash is known: the task waits for one to come.`: {
			Task: pending, Queue: &api.Place{Length: 1},
		},
		`Task T1 has been pending for 1m30s.
			Its attempt 2 at w1 is over (error, exit-3): exit status 3.
			It has used 2 of 5 tries.
			It is not dispatched before 2026-01-31T12:00:07.000Z, which is in 7s.
			The service hash has 1 worker.
			And 1 more.`: {
			Task: retried, CandidateCount: 1, Next: &api.Deadline{At: brokerNow + 7000, State: "pending"},
		},
		`Task T1 has been pending for 1m30s.
			Its attempt 2 at w1 is over (error, exit-3): exit status 3.
			It has used 5 of 5 tries, and 1 worker was lost under it, where 3 may be.
			It was declined by w1, w2, w3, w4, w5 and 1 more: who has declined it is given it again when started anew, or when the task is held and released.
			Its tries are used up, so it is held: released, it has all of them again.
			The service hash has 1 worker.
			Worker w1 has declined it.
			If it has not ended within 1m0s, the task fails (life-timeout).`: {
			Task: exhausted, CandidateCount: 1, Candidates: []api.Standing{{Name: "w1", State: api.WorkerLive, Declined: true}},
			Next: &api.Deadline{At: brokerNow + 60_000, Reason: "life-timeout", State: "failed"},
		},
		`Task T1 has been pending for 1m30s.
			Its attempt 2 at w1 is over (error, exit-3): exit status 3.
			It has used 1 of 5 tries, and 1 worker was lost under it, where 0 may be.
			Its tries are used up, so it is held: released, it has all of them again.
			The service hash has 1 worker.
			And 1 more.`: {Task: unlucky, CandidateCount: 1},
		`Task T1 has been running at worker w1 for 5s, as attempt 1.
			Worker w1 is live, with 1 of 1 slot busy.
			If its worker says nothing of it within 10s, the attempt is stopped and the task is put aside, for its tries are used up (silence).
			If it has not ended within 1m0s, the attempt is stopped and the task fails (life-timeout).`: {
			Task: running, Holder: &api.Standing{Name: "w1", State: api.WorkerLive, Slots: 1, Busy: 1},
			Next: &api.Deadline{At: brokerNow + 10_000, Reason: "silence", State: "pending", Held: true},
			Life: &api.Deadline{At: brokerNow + 60_000, Reason: "life-timeout", State: "failed"},
		},
		`Task T1 has been pending for 1m30s.
			It is held: it waits until somebody releases it.
			It waits for T0, which is pending (held), to fail or be canceled.
			Nor is it dispatched before 2026-01-31T12:01:00.000Z, which is in 1m0s.
			No worker of the service hash is known: the task waits for one to come.`: {
			Task: held, WaitsFor: []api.Waiting{{ID: "T0", Wants: "failed", State: "pending", Held: true}},
		},
		`Task T1 has been pending for 1m30s.
			It waits in the queue of service/hash: 2 of the 5 tasks that wait for the same workers go before it.
			The service hash has 3 workers.
			Worker w1 is live, with 1 of 1 slot busy.
			Worker w2 is draining: it takes nothing more.
			And 1 more.
			The broker is shutting down: it dispatches nothing.
			If it is not dispatched within 1m0s, the task fails (queue-timeout).`: {
			Task: pending, Queue: &api.Place{Before: 2, Length: 5}, CandidateCount: 3, Stopping: true,
			Candidates: []api.Standing{{Name: "w1", State: api.WorkerLive, Slots: 1, Busy: 1}, {Name: "w2", State: api.WorkerDraining}},
			Next:       &api.Deadline{At: brokerNow + 60_000, Reason: "queue-timeout", State: "failed"},
		},
		`Task T1 has been pending for 1m30s.
			It waits in the queue of any worker with gpu: it is the only one.
			It has to run at worker w6, where another task ran.
			For another 10s it waits for a worker that it prefers, with zone=a; then for any that will do.
			Worker w1 has too little left: the task needs cpu 4, and 2 of 8 are free.
			Worker w2 is kept for a task that needs much and has waited for long.
			Worker w3 does not match: the task wants gpu.
			Worker w4 is not preferred: the task would rather have zone=a.
			Worker w5 is too small: the task needs cpu 4, and it has 2 in all.
			Worker w6 is another one.`: {
			Task: placed, Queue: &api.Place{Length: 1}, CandidateCount: 6, Prefers: "zone=a", Next: &api.Deadline{At: brokerNow + 10_000, State: "pending"},
			Candidates: []api.Standing{
				{Name: "w1", State: api.WorkerLive, Slots: 4, Busy: 2, Why: "resources-taken", Resource: "cpu", Needs: "4", Has: "2", Of: "8"},
				{Name: "w2", State: api.WorkerLive, Slots: 4, Why: "kept"},
				{Name: "w3", State: api.WorkerAway, Why: "labels", Term: "gpu"},
				{Name: "w4", State: api.WorkerLive, Why: "not-preferred", Term: "zone=a"},
				{Name: "w5", State: api.WorkerLive, Why: "resources", Resource: "cpu", Needs: "4", Has: "2", Of: "2"},
				{Name: "w6", State: api.WorkerLive, Why: "other-worker"},
			},
		},
		`Task T1 has been pending for 1m30s.
			It waits in the queue of service/hash: 2 of the 5 tasks that wait for the same workers go before it.
			Before it goes T2 of ann, with priority 5.
			Before it goes T3 of ann, with priority 0.
			In turns with it goes T4 of bob, with priority 0.
			The service hash has 1 worker.
			Worker w1 is live, with 1 of 1 slot busy.
			What would help: start another worker.
			What would help: raise its priority.`: {
			Task: pending, CandidateCount: 1, Candidates: []api.Standing{{Name: "w1", State: api.WorkerLive, Slots: 1, Busy: 1}},
			Queue: &api.Place{
				Before: 2, Length: 5, First: []api.Ahead{{ID: "T2", Priority: 5, Client: "ann"}, {ID: "T3", Client: "ann"}},
				OtherFirst: []api.Ahead{{ID: "T4", Client: "bob"}},
			},
			Reasons: []api.Reason{
				{Code: "worker", About: "w1", Advice: "start another worker"},
				{Code: "worker", About: "w2", Advice: "start another worker"},
				{Code: "delayed"},
				{Code: "queue", Advice: "raise its priority"},
			},
		},
		`Task T1 has been running at worker w1 for 5s, as attempt 1.
			The broker is stopping the attempt: run-timeout.
			Worker w1 is away: it has 30s to come back.
			If the worker has not come back within 30s, the task is tried again (worker-lost).`: {
			Task: stopping, Holder: away, Next: &api.Deadline{At: brokerNow + 30_000, Reason: "worker-lost", State: "pending"},
		},
		`Task T1 has been running at worker w1 for 5s, as attempt 1.
			Worker w1 is away: it has 30s to come back.
			If the worker has not come back within 30s, the task goes on waiting for it (worker-lost).`: {
			Task: running, Holder: away, Next: &api.Deadline{At: brokerNow + 30_000, Reason: "worker-lost", State: "running"},
		},
		`Task T1 has been running at worker w1 for 5s, as attempt 1.
			Worker w1 is away.
			The task waits for it, however long that takes.
			If it has not ended within 1s, the attempt is stopped and the task is tried again (run-timeout).`: {
			Task: running, Holder: &api.Standing{Name: "w1", State: api.WorkerAway},
			Next: &api.Deadline{At: brokerNow + 1000, Reason: "run-timeout", State: "pending"},
		},
	} {
		e.Now, want = brokerNow, strings.ReplaceAll(want, "\t", "")
		if got := strings.Join(explainText(&e), "\n"); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}
