package wire

import (
	"strings"

	"bcp/journal"
	"github.com/oklog/ulid/v2"
)

var (
	taskA = ulid.MustParse("01J8ZQ5W3N4M5P6Q7R8S9T0V1W")
	taskB = ulid.MustParse("01J8ZQ5W3N4M5P6Q7R8S9T0V2X")
	id16  = [16]byte{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}
)

// sample is one message of one dialect: frames that Encode must make of it and
// that Decode must make it from. One with frames of its own is only decoded;
// one with a want decodes to that, for the dialect can't say all of it.
type sample struct {
	name    string
	dialect Dialect
	side    Side
	message Message
	frames  [][]byte
	want    Message
}

var samples = [][]sample{bcp2ClientSamples, bcp2WorkerSamples, bcp1ClientSamples, bcp1WorkerSamples}

var bcp2ClientSamples = []sample{
	{name: "hello", dialect: BCP2Client, message: &Hello{Session: "laptop-4711"}},
	{name: "submit, least", dialect: BCP2Client, message: &Submit{
		Req: 1, Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "count"}, Tries: 1},
	}},
	{name: "submit, most", dialect: BCP2Client, message: &Submit{
		Req: 2, WantStart: true, Quiet: true, Body: []byte("the body"),
		Spec: &journal.Spec{
			Target: journal.Target{Kind: journal.ToWorker, Name: "node-7"}, Key: "run/42",
			Argv: []string{"sha256sum", "", "a file"}, Tries: 3, LossMax: 5, OnLoss: journal.LossWait,
			StartTimeoutMS: 10_000, RunTimeoutMS: 3_600_000, QueueTimeoutMS: 86_400_000, CancelGraceMS: 2_500,
			Priority: -7, DelayMS: 60_000, NotBeforeMS: 1_700_000_000_000, Hold: true,
			RetryDelayMS: 1_000, RetryDelayMaxMS: 30_000, FailUnmet: true,
			RetryJitter: 20, TriesCount: journal.CountError | journal.CountLost, FatalClasses: []string{"oom", "exit-3"},
			SilenceTimeoutMS: 60_000, LifeTimeoutMS: 86_400_000, HoldExhausted: true,
			Labels: []string{"run=7", "note=two words", "empty="}, LimitKeys: []string{"db=3", "net"},
			After: []journal.Dependency{{Task: taskA, Wants: journal.WantsDone}, {Task: taskB, Wants: journal.WantsEnd}},
		},
	}},
	{name: "submit, where it runs", dialect: BCP2Client, message: &Submit{
		Req: 13, Spec: &journal.Spec{
			Target: journal.Target{Kind: journal.ToAny}, Tries: 1, Where: "gpu=a100|h100,zone!=b",
			Resources: []string{"cpu=2", "mem=1.5GiB"}, Prefer: "zone=a", PreferForMS: 5_000,
			After: []journal.Dependency{{Task: taskA, Wants: journal.WantsWorker}},
		},
	}},
	{name: "submit-batch", dialect: BCP2Client, message: &SubmitBatch{
		Req: 11, Submits: []Submit{
			{Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "fetch"}, Key: "run/43/fetch", Tries: 3}, Body: []byte("the list")},
			{Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "count"}, Tries: 1}, WantStart: true},
			{
				Spec: &journal.Spec{
					Target: journal.Target{Kind: journal.ToWorker, Name: "node-7"}, Key: "run/43/report", Argv: []string{"wc"}, Tries: 1,
					After: []journal.Dependency{{Task: BatchRef(0), Wants: journal.WantsDone}, {Task: taskA, Wants: journal.WantsEnd}},
				},
				Quiet: true, Body: []byte("template"),
			},
		},
	}},
	{name: "submit-batch, least", dialect: BCP2Client, message: &SubmitBatch{
		Req: 12, Submits: []Submit{{Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "count"}, Tries: 1}}},
	}},
	{name: "submit an array", dialect: BCP2Client, message: &Submit{
		Req: 15, Body: []byte("shared"), Spec: &journal.Spec{
			Target: journal.Target{Kind: journal.ToService, Name: "count"}, Tries: 1,
			Array: "0-99,120", ArrayRunning: 10, ArrayFailures: 3,
		},
	}},
	{name: "submit a broadcast", dialect: BCP2Client, message: &Submit{
		Req: 16, Body: []byte("shared"), Spec: &journal.Spec{
			Target: journal.Target{Kind: journal.ToAll, Name: "count"}, Tries: 1, LateJoiners: true, OnAway: journal.AwaySkip,
		},
	}},
	{name: "submit a broadcast to labels", dialect: BCP2Client, message: &Submit{
		Req: 17, Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToAll}, Tries: 1, Where: "gpu=a100"},
	}},
	{name: "cancel by task", dialect: BCP2Client, message: &Cancel{Req: 3, Task: taskA, By: "anna", Text: "wrong input"}},
	{name: "cancel by key", dialect: BCP2Client, message: &Cancel{Req: 4, Key: "run/42"}},
	{name: "hold", dialect: BCP2Client, message: &Hold{Req: 9, Task: taskA, By: "anna", Text: "wait for the disk"}},
	{name: "release", dialect: BCP2Client, message: &Release{Req: 10, Key: "run/42", By: "anna"}},
	{name: "edit", dialect: BCP2Client, message: &Edit{
		Req: 11, Task: taskA, By: "anna", Text: "urgent", Target: journal.Target{Kind: journal.ToWorker, Name: "node-7"},
		Options: []uint8{1, 5, 8, 16}, Spec: &journal.Spec{Tries: 3, Priority: -7, Labels: []string{"run=7"}},
	}},
	{name: "edit by key, to nothing", dialect: BCP2Client, message: &Edit{
		Req: 12, Key: "run/42", Options: []uint8{4, 16}, Spec: &journal.Spec{},
	}},
	{name: "edit to no lost worker, and to what the broker says", dialect: BCP2Client, message: &Edit{
		Req: 12, Key: "run/42", Options: []uint8{2, 7}, Spec: &journal.Spec{LossMax: journal.NoLoss},
	}},
	{name: "find", dialect: BCP2Client, message: &Find{Req: 13, Filter: "state=failed label.run=7 age<2h"}},
	{name: "find, the next page", dialect: BCP2Client, message: &Find{Req: 14, Limit: 10, After: taskA, Until: taskB}},
	{name: "find, only count", dialect: BCP2Client, message: &Find{Req: 15, Count: true, Filter: "state=any"}},
	{name: "limits from the first", dialect: BCP2Client, message: &Limit{Req: 11, Do: LimitList}},
	{name: "limit set", dialect: BCP2Client, message: &Limit{
		Req: 12, Do: LimitSet, What: journal.Limit{Scope: journal.LimitService, Name: "count", Running: 10, Rate: 2500, Burst: 5},
		By: "anna", Text: "the disk is slow",
	}},
	{name: "limit unset", dialect: BCP2Client, message: &Limit{
		Req: 13, Do: LimitUnset, What: journal.Limit{Scope: journal.LimitKey, Name: "db"}, By: "anna",
	}},
	{name: "show why", dialect: BCP2Client, message: &Show{Req: 18, What: ShowExplanation, Task: taskA}},
	{name: "show a history, from where it was cut", dialect: BCP2Client, message: &Show{Req: 19, What: ShowHistory, Limit: 50, Key: "run/42", After: "200"}},
	{name: "show queues", dialect: BCP2Client, message: &Show{Req: 20, What: ShowQueues, After: "service/count"}},
	{name: "show workers", dialect: BCP2Client, message: &Show{Req: 21, What: ShowWorkers}},
	{name: "show members, from where they were cut", dialect: BCP2Client, message: &Show{Req: 24, What: ShowMembers, Limit: 50, Task: taskA, After: "50"}},
	{name: "change: whom would it be, at the first page", dialect: BCP2Client, message: &Change{
		Req: 22, Do: ChangeCancel, Filter: "label.run=7", Limit: 50, Spec: &journal.Spec{},
	}},
	{name: "change: how many would it be, from where the count was cut", dialect: BCP2Client, message: &Change{
		Req: 23, Do: ChangeHold, Count: true, All: true, After: taskA, Until: taskB, Spec: &journal.Spec{},
	}},
	{name: "change, edit", dialect: BCP2Client, message: &Change{
		Req: 24, Do: ChangeEdit, Filter: "service=count age>2h", Tasks: []journal.ID{taskA, taskB}, By: "anna", Text: "urgent",
		Options: []uint8{5, 8}, Spec: &journal.Spec{Priority: 10},
	}},
	{name: "change, move", dialect: BCP2Client, message: &Change{
		Req: 25, Do: ChangeMove, Tasks: []journal.ID{taskA}, Target: journal.Target{Kind: journal.ToService, Name: "count"}, Spec: &journal.Spec{},
	}},
	{name: "change, retry", dialect: BCP2Client, message: &Change{
		Req: 26, Do: ChangeRetry, Filter: "state=failed", Tasks: []journal.ID{taskA}, NewKeys: "run/42/again", Spec: &journal.Spec{},
	}},
	{name: "resolve, retry", dialect: BCP2Client, message: &Resolve{
		Req: 16, Task: taskA, By: "anna", Text: "the disk is back", Verb: ResolveRetry, NewKey: "run/42/2",
	}},
	{name: "resolve, drop", dialect: BCP2Client, message: &Resolve{Req: 17, Key: "run/42", Verb: ResolveDrop}},
	{name: "query by task", dialect: BCP2Client, message: &Query{Req: 5, Task: taskA}},
	{name: "query by key", dialect: BCP2Client, message: &Query{Req: 6, Key: "run/42"}},
	{name: "wait", dialect: BCP2Client, message: &Wait{Req: 7, Tasks: []journal.ID{taskA, taskB}}},
	{name: "wait for the start as well", dialect: BCP2Client, message: &Wait{Req: 8, WantStart: true, Tasks: []journal.ID{taskB}}},
	{name: "ended-ack", dialect: BCP2Client, message: &EndedAck{Task: taskA}},
	{name: "beat", dialect: BCP2Client, message: &Beat{}},
	{name: "leave", dialect: BCP2Client, message: &Leave{}},

	{name: "welcome", dialect: BCP2Client, side: ToPeer, message: &Welcome{
		Broker: id16, Epoch: 12, HeartbeatMS: 2500, Liveness: 3, BodyMax: MaxBody, OutstandingMax: MaxWait, Resumed: true,
	}},
	{name: "refuse", dialect: BCP2Client, side: ToPeer, message: &Refuse{
		Req: 2, Code: CodeKeyConflict, Text: "key \"run/42\" was used for another body",
	}},
	{name: "accepted", dialect: BCP2Client, side: ToPeer, message: &Accepted{Req: 1, Task: taskA, State: journal.Pending}},
	{name: "accepted before", dialect: BCP2Client, side: ToPeer, message: &Accepted{Req: 1, Task: taskA, State: journal.Done, Known: true}},
	{name: "batch-accepted", dialect: BCP2Client, side: ToPeer, message: &BatchAccepted{Req: 11, Accepted: []Accepted{
		{Task: taskA, State: journal.Running, Known: true}, {Task: taskB, State: journal.Pending},
	}}},
	{name: "status of an array", dialect: BCP2Client, side: ToPeer, message: &Status{Req: 12, Task: journal.Task{
		ID: taskA, State: journal.Running, SubmittedMS: 1_700_000_000_000, StartedMS: 1_700_000_001_000,
		Spec:  &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "count"}},
		Tally: &journal.Tally{Count: 101, Out: 10, Done: 20, Failed: 2, Canceled: 1},
	}}},
	{name: "status of a broadcast", dialect: BCP2Client, side: ToPeer, message: &Status{Req: 14, Task: journal.Task{
		ID: taskA, State: journal.Running, SubmittedMS: 1_700_000_000_000, StartedMS: 1_700_000_001_000,
		Spec:  &journal.Spec{Target: journal.Target{Kind: journal.ToAll, Name: "count"}},
		Tally: &journal.Tally{Count: 8, Out: 1, Done: 2, Failed: 1, Skipped: 3},
	}}},
	{name: "status of a member", dialect: BCP2Client, side: ToPeer, message: &Status{Req: 13, Task: journal.Task{
		ID: taskB, State: journal.Pending, SubmittedMS: 1_700_000_000_000,
		Spec:   &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "count"}},
		Member: &journal.Member{Group: taskA, Index: 120, Count: 101},
	}}},
	{name: "status", dialect: BCP2Client, side: ToPeer, message: &Status{Req: 5, Task: journal.Task{
		ID: taskA, Spec: &journal.Spec{Key: "run/42", Target: journal.Target{Kind: journal.ToWorker, Name: "node-7"}},
		State: journal.Canceling, Attempt: 2, Worker: "node-7", Failures: 1, Losses: 1, Stopping: journal.ReasonRunTimeout,
		SubmittedMS: 1726000000000, PendingMS: 1726000000100, DispatchedMS: 1726000000200, StartedMS: 1726000000300,
		CancelBy: "anna", CancelText: "wrong input", CancelMS: 1726000000400,
		Reason: journal.ReasonError, Text: "exit code 1", Class: "exit-1",
	}}},
	{name: "status, exhausted", dialect: BCP2Client, side: ToPeer, message: &Status{Task: journal.Task{
		ID: taskA, Spec: &journal.Spec{Target: journal.Target{Kind: journal.ToService, Name: "count"}},
		State: journal.Pending, Attempt: 5, Worker: "node-7", Failures: 3, Losses: 1, Tries: 3, Held: true, Exhausted: true,
		SubmittedMS: 1726000000000, PendingMS: 1726000000100,
		Declined: []journal.Decline{{Worker: "node-8"}, {Worker: "node-9"}},
		Reason:   journal.ReasonError, Text: "exit code 3", Class: "exit-3",
	}}},
	{name: "started", dialect: BCP2Client, side: ToPeer, message: &Started{Ref: Ref{taskA, 2}, Worker: "node-7"}},
	{name: "progress", dialect: BCP2Client, side: ToPeer, message: &Progress{Ref: Ref{taskA, 2}, Fraction: 0.5, Text: "50 of 100"}},
	{name: "progress with pairs", dialect: BCP2Client, side: ToPeer, message: &Progress{
		Ref: Ref{taskA, 2}, Fraction: 0.5, Text: "50 of 100", Pairs: []string{"file=input 3.csv", "rows=50"},
	}},
	{name: "ended, done", dialect: BCP2Client, side: ToPeer, message: &Ended{
		Ref: Ref{taskA, 2}, State: journal.Done, Reason: journal.ReasonFinished, Worker: "node-7", Result: []byte("42\n"),
	}},
	{name: "ended, failed with a class", dialect: BCP2Client, side: ToPeer, message: &Ended{
		Ref: Ref{taskA, 2}, State: journal.Failed, Reason: journal.ReasonError, Worker: "node-7", Text: "killed by SIGKILL", Class: "signal-9",
	}},
	{
		name: "ended, with a field of later", dialect: BCP2Client, side: ToPeer,
		frames: msg(raw("BCPC02\x24", refA, 6, 2, 0, 0, 0, 1, 0, 6, "exit-1", 99, 0, 2, "xy")),
		want:   &Ended{Ref: Ref{taskA, 2}, State: journal.Failed, Reason: journal.ReasonError, Class: "exit-1"},
	},
	{name: "ended, never dispatched", dialect: BCP2Client, side: ToPeer, message: &Ended{
		Ref: Ref{taskB, 0}, State: journal.Canceled, Reason: journal.ReasonCanceled, Text: "wrong input",
	}},
	{name: "found", dialect: BCP2Client, side: ToPeer, message: &Found{Req: 13, Cursor: taskA, Last: taskB, Count: 1, Tasks: []journal.Task{{
		ID: taskA, State: journal.Failed, Attempt: 1, Worker: "node-7", Failures: 1, Reason: journal.ReasonError, Text: "exit code 1", Class: "oom",
		SubmittedMS: 1726000000000, PendingMS: 1726000000000, DispatchedMS: 1726000000200, StartedMS: 1726000000300, EndedMS: 1726000000400,
		Spec: &journal.Spec{
			Key: "run/42", Client: "laptop-4711", Target: journal.Target{Kind: journal.ToService, Name: "count"},
			Tries: 1, Priority: 5, Labels: []string{"run=7"},
		},
	}}}},
	{name: "found, counted", dialect: BCP2Client, side: ToPeer, message: &Found{Req: 15, Last: taskB, Count: 100_000}},
	{name: "shown, the last page", dialect: BCP2Client, side: ToPeer, message: &Shown{Req: 19, JSON: []byte(`[{"at":"2026-01-31T12:00:00.007Z","kind":"submit","attempt":0}]`)}},
	{name: "shown, and there is more", dialect: BCP2Client, side: ToPeer, message: &Shown{
		Req: 20, Cursor: "service/count", JSON: []byte(`[{"kind":"service","name":"count","workers":1,"waiting":0,"running":1,"empty_in_ms":0}]`),
	}},
	{name: "changed: counted", dialect: BCP2Client, side: ToPeer, message: &Changed{
		Req: 23, Cursor: taskA, Last: taskB, Counts: []ChangeCount{{journal.Pending, 19_000}, {journal.Running, 17}},
	}},
	{name: "changed", dialect: BCP2Client, side: ToPeer, message: &Changed{Req: 24, Counts: []ChangeCount{{journal.Pending, 1}}, Rows: []ChangeRow{
		{Task: taskA, Before: journal.Pending, WasHeld: true, After: journal.Pending, Held: true, Changes: []string{"priority 0 -> 10"}},
		{Task: taskB, Code: CodeUnknownTask, Text: "no task 01J8ZQ5W3N4M5P6Q7R8S9T0V2X"},
	}}},
	{name: "changed by a retry", dialect: BCP2Client, side: ToPeer, message: &Changed{Req: 26, Counts: []ChangeCount{{journal.Failed, 1}}, Rows: []ChangeRow{
		{Task: taskA, Before: journal.Failed, After: journal.Pending, RetriedAs: taskB},
	}}},
	{name: "limits", dialect: BCP2Client, side: ToPeer, message: &Limits{Req: 11, More: true, Items: []LimitItem{
		{
			Limit: journal.Limit{Scope: journal.LimitService, Name: "count", Running: 10, Rate: 500, Burst: 1},
			Out:   7, AtMS: 1726000000000, By: "anna", Text: "the disk is slow",
		},
		{Limit: journal.Limit{Scope: journal.LimitKey, Name: "db"}, AtMS: 1726000000001, By: "ben"},
	}}},
	{name: "beat of the broker", dialect: BCP2Client, side: ToPeer, message: &Beat{Ask: true}},
	{name: "leave of the broker", dialect: BCP2Client, side: ToPeer, message: &Leave{}},
}

var bcp2WorkerSamples = []sample{
	{name: "register, idle", dialect: BCP2Worker, message: &Register{Name: "node-7", Instance: id16, Slots: 1}},
	{name: "register, busy", dialect: BCP2Worker, message: &Register{
		Name: "node-7", Instance: id16, Slots: 8, Services: []string{"count", "hash"},
		Inventory: []Item{{Ref{taskA, 2}, PhaseRunning}, {Ref{taskB, 1}, PhaseEnded}},
	}},
	{name: "register, with labels and resources", dialect: BCP2Worker, message: &Register{
		Name: "node-7", Instance: id16, Slots: 8,
		Labels: []string{"gpu=a100", "zone=b"}, Resources: []string{"cpu=8", "mem=32GiB"},
	}},
	{name: "worker-beat", dialect: BCP2Worker, message: &WorkerBeat{
		Seen: 17, Draining: true, Inventory: []Item{{Ref{taskA, 2}, PhaseTaken}},
	}},
	{name: "worker-beat, idle", dialect: BCP2Worker, message: &WorkerBeat{}},
	{name: "begun", dialect: BCP2Worker, message: &Begun{Ref{taskA, 2}}},
	{name: "progress of a worker", dialect: BCP2Worker, message: &Progress{Ref: Ref{taskA, 2}, Fraction: -1, Text: "reading"}},
	{name: "progress with pairs, of a worker", dialect: BCP2Worker, message: &Progress{
		Ref: Ref{taskA, 2}, Fraction: -1, Pairs: []string{"rows=50", "state="},
	}},
	{
		name: "progress with a field that is not known", dialect: BCP2Worker, frames: msg(raw(
			"BCPW02\x23", refA, 0x3f, 0, 0, 0, 0, 0, 1, 0, 3, "a=b", 0x7f, 0, 2, "??")),
		want: &Progress{Ref: Ref{taskA, 2}, Fraction: 0.5, Pairs: []string{"a=b"}},
	},
	{name: "outcome, done", dialect: BCP2Worker, message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictDone, Payload: []byte("42\n")}},
	{name: "outcome, failed", dialect: BCP2Worker, message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Text: "exit code 1"}},
	{name: "outcome, failed with a class", dialect: BCP2Worker, message: &Outcome{
		Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Text: "killed by SIGKILL", Class: "signal-9",
	}},
	{name: "outcome, elsewhere", dialect: BCP2Worker, message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictElsewhere, Text: "no licence here"}},
	{name: "outcome, never", dialect: BCP2Worker, message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictNever, Text: "no such input"}},
	{name: "checkpoint", dialect: BCP2Worker, message: &Checkpoint{Ref: Ref{taskA, 2}, Seq: 7, State: []byte("row 4711")}},
	{name: "checkpoint that takes the state away", dialect: BCP2Worker, message: &Checkpoint{Ref: Ref{taskA, 2}, Seq: 8}},
	{name: "extend", dialect: BCP2Worker, message: &Extend{
		Ref: Ref{taskA, 2}, Seq: 3, Option: journal.OptionRunTimeout, LeftMS: 7_200_000, Text: "a large input",
	}},
	{name: "extend without end", dialect: BCP2Worker, message: &Extend{Ref: Ref{taskA, 2}, Seq: 1, Option: journal.OptionLifeTimeout}},
	{name: "leave of a worker", dialect: BCP2Worker, message: &Leave{}},

	{name: "welcome of a worker", dialect: BCP2Worker, side: ToPeer, message: &Welcome{
		Broker: id16, Epoch: 12, HeartbeatMS: 2500, Liveness: 3, BodyMax: MaxBody, OutstandingMax: MaxInventory,
	}},
	{name: "refuse of a worker", dialect: BCP2Worker, side: ToPeer, message: &Refuse{
		Code: CodeNameTaken, Text: "a live worker is called \"node-7\"",
	}},
	{name: "dispatch", dialect: BCP2Worker, side: ToPeer, message: &Dispatch{
		Ref: Ref{taskA, 2}, Seq: 17, Service: "count", Argv: []string{"wc", "-l"}, RunTimeoutMS: 3_600_000, GraceMS: 5_000, Body: []byte("the body"),
	}},
	{name: "dispatch with a checkpoint", dialect: BCP2Worker, side: ToPeer, message: &Dispatch{
		Ref: Ref{taskA, 3}, Seq: 18, Service: "count", GraceMS: 5_000, Body: []byte("the body"), Checkpoint: []byte("row 4711"),
	}},
	{name: "dispatch of an array's member", dialect: BCP2Worker, side: ToPeer, message: &Dispatch{
		Ref: Ref{taskB, 1}, Seq: 19, Service: "count", Member: &journal.Member{Group: taskA, Index: 120, Count: 101}, Body: []byte("shared"),
	}},
	{name: "dispatch of a task that must not be silent", dialect: BCP2Worker, side: ToPeer, message: &Dispatch{
		Ref: Ref{taskA, 2}, Seq: 17, Service: "count", GraceMS: 5_000, SilenceTimeoutMS: 60_000, Body: []byte("the body"),
	}},
	{name: "dispatch without a body", dialect: BCP2Worker, side: ToPeer, message: &Dispatch{Ref: Ref{taskB, 1}, Seq: 18, Service: "node-7", GraceMS: 5_000}},
	{name: "stop", dialect: BCP2Worker, side: ToPeer, message: &Stop{Ref: Ref{taskA, 2}, Reason: journal.ReasonCanceled, GraceMS: 5_000}},
	{name: "stop of what is not current", dialect: BCP2Worker, side: ToPeer, message: &Stop{Ref: Ref{taskA, 1}}},
	{name: "outcome-ack", dialect: BCP2Worker, side: ToPeer, message: &OutcomeAck{Ref{taskA, 2}}},
	{name: "checkpoint-ack", dialect: BCP2Worker, side: ToPeer, message: &CheckpointAck{Ref{taskA, 2}, 7}},
	{name: "extend-ack", dialect: BCP2Worker, side: ToPeer, message: &ExtendAck{Ref: Ref{taskA, 2}, Seq: 3, Option: journal.OptionRunTimeout}},
	{name: "extend-ack that refuses", dialect: BCP2Worker, side: ToPeer, message: &ExtendAck{
		Ref: Ref{taskA, 2}, Seq: 4, Option: journal.OptionSilenceTimeout, Code: CodeNotAllowed, Text: "it is being stopped",
	}},
	{name: "beat for a worker", dialect: BCP2Worker, side: ToPeer, message: &Beat{Ask: true}},
	{name: "leave for a worker", dialect: BCP2Worker, side: ToPeer, message: &Leave{}},
}

// parts makes frames of strings.
func parts(s ...string) [][]byte {
	frames := make([][]byte, len(s))
	for i := range s {
		frames[i] = []byte(s[i])
	}
	return frames
}

const jobA = "01J8ZQ5W3N4M5P6Q7R8S9T0V1W-2"

var (
	nodeSeven = journal.Target{Kind: journal.ToWorker, Name: "node-7"}
	errors20  = strings.Split(strings.Repeat("input missing,", 19)+"input missing", ",")
)

var bcp1ClientSamples = []sample{
	{name: "execute", dialect: BCP1Client, message: &Submit{
		Spec:      &journal.Spec{Key: "bcp1/node-7/12", Target: nodeSeven, Tries: 1},
		WantStart: true, Body: []byte(`{"algorithm":"sum"}`),
	}},
	{name: "execute without data", dialect: BCP1Client, message: &Submit{
		Spec: &journal.Spec{Key: "bcp1/node-7/a/b", Target: nodeSeven, Tries: 1}, WantStart: true,
	}},
	{name: "cancel", dialect: BCP1Client, message: &Cancel{Key: "bcp1/node-7/12", Target: nodeSeven}},

	{
		name: "job received", dialect: BCP1Client, side: ToPeer,
		message: &Accepted{Key: "bcp1/node-7/12", Task: taskA, State: journal.Pending, Req: 1},
		want:    &Accepted{Key: "bcp1/node-7/12"},
	},
	{
		name: "job started", dialect: BCP1Client, side: ToPeer,
		message: &Started{Key: "bcp1/node-7/12", Ref: Ref{taskA, 1}, Worker: "node-7"},
		want:    &Started{Key: "bcp1/node-7/12", Worker: "node-7"},
	},
	{
		name: "job done", dialect: BCP1Client, side: ToPeer,
		message: &Ended{Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Done, Reason: journal.ReasonFinished, Result: []byte(`{"status":0}`)},
	},
	{
		name: "job done without output", dialect: BCP1Client, side: ToPeer,
		message: &Ended{Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Done, Reason: journal.ReasonFinished},
	},
	{
		name: "job error with a result", dialect: BCP1Client, side: ToPeer,
		message: &Ended{
			Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Failed, Reason: journal.ReasonError,
			Text: `{"status":1}`, Result: []byte(`{"status":1}`),
		},
	},
	{
		name: "job error with a text", dialect: BCP1Client, side: ToPeer,
		message: &Ended{Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Failed, Reason: journal.ReasonLost, Text: "node-7 was lost"},
		want: &Ended{
			Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Failed, Reason: journal.ReasonError,
			Text: "node-7 was lost", Result: []byte("node-7 was lost"),
		},
	},
	{
		name: "job error with a reason", dialect: BCP1Client, side: ToPeer,
		message: &Ended{Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Failed, Reason: journal.ReasonLost},
		want: &Ended{
			Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Failed, Reason: journal.ReasonError,
			Text: "worker-lost", Result: []byte("worker-lost"),
		},
	},
	{
		name: "job error without words", dialect: BCP1Client, side: ToPeer,
		message: &Ended{Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Failed, Reason: journal.ReasonError},
	},
	{
		name: "job cancelled", dialect: BCP1Client, side: ToPeer,
		message: &Ended{Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Canceled, Reason: journal.ReasonCanceled},
	},
	{
		name: "error, unknown job", dialect: BCP1Client, side: ToPeer,
		message: &Refuse{Key: "bcp1/node-7/12", Target: nodeSeven, Code: CodeUnknownTask, Text: "no such task"},
		want:    &Refuse{Key: "bcp1/node-7/12", Target: nodeSeven, Code: CodeUnknownTask, Text: "Unknown job: 12"},
	},
	{
		name: "error, refused job", dialect: BCP1Client, side: ToPeer,
		message: &Refuse{Key: "bcp1/node-7/12", Target: nodeSeven, Code: CodeQueueFull, Text: "1000 tasks wait"},
		want:    &Refuse{Target: nodeSeven, Text: "Job 12 refused: queue-full: 1000 tasks wait"},
	},
	{
		name: "error, refused message", dialect: BCP1Client, side: ToPeer,
		message: &Refuse{Code: CodeMalformed, Text: "message without frames"},
		want:    &Refuse{Target: journal.Target{Kind: journal.ToWorker}, Text: "malformed: message without frames"},
	},
	{
		name: "error of a job, as BEAT's worker says it", dialect: BCP1Client, side: ToPeer,
		frames: parts("", "BCPC01", "node-7", "node-7", "\x06", "12", "Traceback"),
		want: &Ended{
			Key: "bcp1/node-7/12", Target: nodeSeven, State: journal.Failed, Reason: journal.ReasonError,
			Text: "Traceback", Result: []byte("Traceback"),
		},
	},
}

var bcp1WorkerSamples = []sample{
	{name: "ready", dialect: BCP1Worker, message: &Register{Name: "node-7", NoInventory: true}},
	{name: "heartbeat", dialect: BCP1Worker, message: &WorkerBeat{NoInventory: true}},
	{name: "disconnect", dialect: BCP1Worker, message: &Leave{}},
	{
		name: "reply, job received", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x01", jobA), want: &WorkerBeat{NoInventory: true},
	},
	{
		name: "reply, job started", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x02", jobA), want: &Begun{Ref{taskA, 2}},
	},
	{
		name: "reply, job done", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x03", jobA, `{"status":0}`),
		want:   &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictDone, Payload: []byte(`{"status":0}`)},
	},
	{
		name: "reply, job error with a result", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x04", jobA, `{"status":1}`),
		want:   &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Text: `{"status":1}`, Payload: []byte(`{"status":1}`)},
	},
	{
		name: "reply, job error with a list", dialect: BCP1Worker,
		frames: append(parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x04", jobA), parts(errors20...)...),
		want: &Outcome{
			Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Text: strings.Join(errors20, "\n"),
			Payload: []byte(strings.Join(errors20, "\n")),
		},
	},
	{
		name: "reply, job error with bytes", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x04", jobA, "\x00\xff"),
		want:   &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Payload: []byte("\x00\xff")},
	},
	{
		name: "reply, job cancelled", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x05", jobA), want: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictStopped},
	},
	{
		name: "reply, error of a job", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x06", jobA, "Traceback"),
		want:   &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Text: "Traceback", Payload: []byte("Traceback")},
	},
	{
		name: "reply, error of a job without words", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x06", jobA),
		want:   &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictFailed},
	},
	{
		name: "reply, unknown job", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x06", "Unknown job: "+jobA),
		want:   &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictUnknown},
	},
	{
		name: "reply, another error", dialect: BCP1Worker,
		frames: parts("", "BCPW01", "\x03", "bcp", "", "node-7", "\x06", "disk full"), want: &WorkerBeat{NoInventory: true},
	},
	{name: "a Go peer's job started", dialect: BCP1Worker, message: &Begun{Ref{taskA, 2}}},
	{name: "a Go peer's job done", dialect: BCP1Worker, message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictDone, Payload: []byte("42\n")}},
	{
		name: "a Go peer's job error", dialect: BCP1Worker,
		message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Text: "exit code 1"},
		want:    &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictFailed, Text: "exit code 1", Payload: []byte("exit code 1")},
	},
	{name: "a Go peer's job cancelled", dialect: BCP1Worker, message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictStopped}},
	{name: "a Go peer's unknown job", dialect: BCP1Worker, message: &Outcome{Ref: Ref{taskA, 2}, Verdict: VerdictUnknown}},

	{
		name: "request, execute", dialect: BCP1Worker, side: ToPeer,
		message: &Dispatch{Ref: Ref{taskA, 2}, Seq: 17, Service: "node-7", GraceMS: 5000, Body: []byte(`{"algorithm":"sum"}`)},
		want:    &Dispatch{Ref: Ref{taskA, 2}, Body: []byte(`{"algorithm":"sum"}`)},
	},
	{name: "request, execute without data", dialect: BCP1Worker, side: ToPeer, message: &Dispatch{Ref: Ref{taskA, 2}}},
	{
		name: "request, cancel", dialect: BCP1Worker, side: ToPeer,
		message: &Stop{Ref: Ref{taskA, 2}, Reason: journal.ReasonCanceled, GraceMS: 5000}, want: &Stop{Ref: Ref{taskA, 2}},
	},
	{name: "heartbeat of the broker", dialect: BCP1Worker, side: ToPeer, message: &Beat{Ask: true}, want: &Beat{}},
	{name: "disconnect of the broker", dialect: BCP1Worker, side: ToPeer, message: &Leave{}},
	{
		name: "disconnect as a refusal", dialect: BCP1Worker, side: ToPeer,
		message: &Refuse{Code: CodeUnknownPeer, Text: "READY is missing"}, want: &Leave{},
	},
}
