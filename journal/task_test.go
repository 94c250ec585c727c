package journal

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// taskIn returns a task in a state, at attempt 1 of worker w but for Pending.
func taskIn(t *testing.T, s State) Task {
	t.Helper()
	lives := map[State][]Kind{
		0:          {},
		Pending:    {KindSubmit},
		Dispatched: {KindSubmit, KindDispatch},
		Running:    {KindSubmit, KindDispatch, KindStart},
		Canceling:  {KindSubmit, KindDispatch, KindStart, KindCancel},
		Done:       {KindSubmit, KindDispatch, KindStart, KindEnd},
		Failed:     {KindSubmit, KindDispatch, KindStart, KindEnd},
		Canceled:   {KindSubmit, KindDispatch, KindStart, KindEnd},
	}
	var task Task
	for i, kind := range lives[s] {
		r := recordOf(kind, min(task.Attempt, 1))
		r.Time, r.State = int64(i+1), s
		if err := task.Apply(&r); err != nil {
			t.Fatal(err)
		}
	}
	return task
}

// recordOf returns a record that fits a task at the attempt, if its state allows.
func recordOf(kind Kind, attempt uint32) Record {
	r := Record{Task: testID, Kind: kind, Attempt: attempt, Time: 10}
	switch kind {
	case KindSubmit:
		r.Spec = &Spec{Key: "k"}
	case KindDispatch:
		r.Attempt, r.Worker = attempt+1, "w"
	case KindCancel:
		r.By, r.Text = "someone", "why"
	case KindStop:
		r.Reason = ReasonRunTimeout
	case KindRequeue:
		r.Reason = ReasonError
	case KindEnd:
		r.State, r.Reason = Done, ReasonFinished
	}
	return r
}

// TestApplyTable says for each state which kinds it takes, and what becomes of it.
func TestApplyTable(t *testing.T) {
	kinds := []Kind{KindSubmit, KindDispatch, KindStart, KindCancel, KindStop, KindRequeue, KindEnd, KindHold, KindRelease, KindMet}
	const no = State(0)
	for _, row := range []struct {
		state State
		after [10]State // in the order of kinds
	}{
		//           submit   dispatch    start      cancel     stop        requeue  end   hold  release met
		{0, [10]State{Pending, no, no, no, no, no, no, no, no, no}},
		{Pending, [10]State{no, Dispatched, no, no, no, no, Done, Pending, no, no}},
		{Dispatched, [10]State{no, no, Running, Canceling, Dispatched, Pending, Done, no, no, no}},
		{Running, [10]State{no, no, no, Canceling, Running, Pending, Done, no, no, no}},
		{Canceling, [10]State{no, no, no, no, Canceling, no, Done, no, no, no}},
		{Done, [10]State{}},
		{Failed, [10]State{}},
		{Canceled, [10]State{}},
	} {
		for i, kind := range kinds {
			task := taskIn(t, row.state)
			if task.State != row.state {
				t.Fatalf("task is %s, want %s", task.State, row.state)
			}
			r := recordOf(kind, task.Attempt)
			checkApply(t, task, &r, row.after[i])
		}
	}
}

// checkApply applies a record; want is the state after it, 0 if it is refused.
func checkApply(t *testing.T, task Task, r *Record, want State) {
	t.Helper()
	before := task
	err := task.Apply(r)
	switch {
	case want == 0 && (!errors.Is(err, ErrRecord) || !reflect.DeepEqual(task, before)):
		t.Errorf("%s on a task that is %s: %v, and the task is now %+v; want it refused and unchanged", r.Kind, before.State, err, task)
	case want != 0 && (err != nil || task.State != want):
		t.Errorf("%s on a task that is %s: %v, now %s; want %s", r.Kind, before.State, err, task.State, want)
	}
}

// Records that fit the kind and state, but for one thing, are refused.
func TestApplyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		state  State
		kind   Kind
		change func(*Record)
	}{
		"submit without spec":          {0, KindSubmit, func(r *Record) { r.Spec = nil }},
		"dispatch of another task":     {Pending, KindDispatch, func(r *Record) { r.Task = otherID }},
		"dispatch skips an attempt":    {Pending, KindDispatch, func(r *Record) { r.Attempt++ }},
		"dispatch repeats an attempt":  {Pending, KindDispatch, func(r *Record) { r.Attempt-- }},
		"dispatch to nobody":           {Pending, KindDispatch, func(r *Record) { r.Worker = "" }},
		"start of an earlier attempt":  {Dispatched, KindStart, func(r *Record) { r.Attempt-- }},
		"cancel of another attempt":    {Running, KindCancel, func(r *Record) { r.Attempt++ }},
		"stop of another attempt":      {Running, KindStop, func(r *Record) { r.Attempt++ }},
		"requeue of another attempt":   {Running, KindRequeue, func(r *Record) { r.Attempt++ }},
		"end of another attempt":       {Running, KindEnd, func(r *Record) { r.Attempt++ }},
		"end of an attempt not begun":  {Pending, KindEnd, func(r *Record) { r.Attempt++ }},
		"end in a state of the living": {Running, KindEnd, func(r *Record) { r.State = Running }},
		"unknown kind":                 {Running, KindEnd, func(r *Record) { r.Kind = kindLast + 1 }},
	} {
		t.Run(name, func(t *testing.T) {
			task := taskIn(t, c.state)
			r := recordOf(c.kind, task.Attempt)
			c.change(&r)
			checkApply(t, task, &r, 0)
		})
	}
}

func TestApplyOnce(t *testing.T) {
	started := taskIn(t, Running)
	stop := recordOf(KindStop, 1)
	checkApply(t, started, &stop, Running)
	if err := started.Apply(&stop); err != nil || started.Stopping != ReasonRunTimeout {
		t.Errorf("stop: %v, stopping for %q", err, started.Stopping)
	}
	checkApply(t, started, &stop, 0)

	canceled := taskIn(t, Dispatched)
	for _, kind := range []Kind{KindCancel, KindStart} { // the start crosses the cancel
		r := recordOf(kind, 1)
		checkApply(t, canceled, &r, Canceling)
		if err := canceled.Apply(&r); err != nil {
			t.Fatal(err)
		}
	}
	if canceled.StartedMS != 10 || canceled.CancelBy != "someone" || canceled.CancelText != "why" {
		t.Errorf("task canceled before its start: %+v", canceled)
	}
}

// Reasons count for the task's own failures, for its losses, or for nothing.
func TestApplyCounts(t *testing.T) {
	type counts struct{ failures, losses uint32 }
	failure, loss, none := counts{1, 0}, counts{0, 1}, counts{}
	for reason, want := range map[Reason]counts{
		ReasonError: failure, ReasonRunTimeout: failure, ReasonStartTimeout: failure, ReasonRefused: failure,
		ReasonLost: loss, ReasonMissing: loss, ReasonLossLimit: loss,
		ReasonFinished: none, ReasonReturned: none, ReasonCanceled: none, ReasonQueueTimeout: none,
	} {
		for _, kind := range []Kind{KindRequeue, KindEnd} {
			task := taskIn(t, Running)
			r := recordOf(kind, 1)
			r.Reason, r.Text = reason, "text"
			if err := task.Apply(&r); err != nil {
				t.Fatal(err)
			}
			if got := (counts{task.Failures, task.Losses}); got != want {
				t.Errorf("%s for %q counts %+v, want %+v", kind, reason, got, want)
			}
			if task.Reason != reason || task.Text != "text" {
				t.Errorf("%s for %q keeps %q, %q", kind, reason, task.Reason, task.Text)
			}
		}
	}
}

// A pending task that is canceled ends in one record, with who and why.
func TestApplyCancelPending(t *testing.T) {
	task := taskIn(t, Pending)
	r := Record{Task: testID, Kind: KindEnd, State: Canceled, Reason: ReasonCanceled, By: "me", Text: "why", Time: 9}
	if err := task.Apply(&r); err != nil {
		t.Fatal(err)
	}
	if task.State != Canceled || task.CancelBy != "me" || task.CancelText != "why" || task.CancelMS != 9 || task.EndedMS != 9 {
		t.Errorf("task: %+v", task)
	}
}

func TestNames(t *testing.T) {
	for _, s := range States {
		if got, err := ParseState(s.String()); got != s || err != nil {
			t.Errorf("state %d: %q is read as %v, %v", s, s, got, err)
		}
	}
	for p := LossRequeue; p <= LossFail; p++ {
		if got, err := ParseLossPolicy(p.String()); got != p || err != nil {
			t.Errorf("policy %d: %q is read as %v, %v", p, p, got, err)
		}
	}
	for _, name := range []string{"", "default", "Pending", "state(9)"} {
		_, stateErr := ParseState(name)
		_, policyErr := ParseLossPolicy(name)
		if stateErr == nil || policyErr == nil {
			t.Errorf("%q is read as a state (%v) or a policy (%v)", name, stateErr, policyErr)
		}
	}
	for name, got := range map[string]string{
		"submit": KindSubmit.String(), "end": KindEnd.String(), "kind(99)": Kind(99).String(),
		"worker-lost": ReasonLost.String(), "": ReasonNone.String(), "reason(99)": Reason(99).String(),
		"state(99)": State(99).String(), "policy(99)": LossPolicy(99).String(),
	} {
		if name != got {
			t.Errorf("name %q, want %q", got, name)
		}
	}
}

func TestBatchChanges(t *testing.T) {
	low, high := ID{15: 1}, ID{15: 2}
	records := []Record{
		{Task: high, Kind: KindSubmit},
		{Task: low, Kind: KindStart},
		{Task: high, Kind: KindDispatch},
		{Task: low, Kind: KindEnd},
	}
	var b Batch
	for range 2 { // it is used again
		changes := b.Changes(records)
		if len(changes) != 2 || changes[0].Task != low || changes[1].Task != high {
			t.Fatalf("changes: %+v", changes)
		}
		first, second := &changes[0], &changes[1]
		if first.Submit() != nil || first.End() != &records[3] || first.Records[0] != &records[1] {
			t.Errorf("change of the first task: %+v", first)
		}
		if second.Submit() != &records[0] || second.End() != nil || second.Records[1] != &records[2] {
			t.Errorf("change of the second task: %+v", second)
		}
	}
}

// Many records are sorted by task, whatever part of the IDs differs, and those of one task
// stay in their order.
func TestBatchChangesOfMany(t *testing.T) {
	source := rand.New(rand.NewPCG(3, 4))
	records := make([]Record, 5000)
	for i := range records {
		at := source.IntN(len(ID{}))
		records[i] = Record{Kind: KindMet, Attempt: uint32(i)}
		records[i].Task[at] = byte(source.IntN(40))
	}
	var b Batch
	seen, last := 0, ID{}
	for i, c := range b.Changes(records) {
		if i > 0 && c.Task.Compare(last) <= 0 {
			t.Fatalf("change %d is of %s, behind %s", i, c.Task, last)
		}
		last = c.Task
		for n, r := range c.Records {
			if r.Task != c.Task || n > 0 && r.Attempt <= c.Records[n-1].Attempt {
				t.Fatalf("record %d of %s is %+v", n, c.Task, r)
			}
			seen++
		}
	}
	if seen != len(records) {
		t.Errorf("%d records of %d are in changes", seen, len(records))
	}
}

// TestApplyHold puts a task aside and lets it go on.
func TestApplyHold(t *testing.T) {
	task := taskIn(t, Pending)
	apply := func(kind Kind, want error) {
		t.Helper()
		r := recordOf(kind, task.Attempt)
		r.Time = task.PendingMS + 5
		if err := task.Apply(&r); !errors.Is(err, want) {
			t.Fatalf("%s: %v, want %v", kind, err, want)
		}
	}
	pending := task.PendingMS
	apply(KindHold, nil)
	apply(KindHold, ErrRecord)
	apply(KindDispatch, ErrRecord)
	apply(KindRelease, nil)
	apply(KindRelease, ErrRecord)
	if task.Held || task.PendingMS != pending+5 {
		t.Fatalf("after the release: %+v", task)
	}
	apply(KindHold, nil)
	apply(KindEnd, nil)
	if task.Held {
		t.Fatalf("held after its end: %+v", task)
	}
}

// TestApplyNotBefore finds out when a task may be dispatched.
func TestApplyNotBefore(t *testing.T) {
	for name, test := range map[string]struct {
		spec Spec
		want int64
	}{
		"at once":           {Spec{}, 0},
		"delay":             {Spec{DelayMS: 100}, 110},
		"not before":        {Spec{NotBeforeMS: 50}, 50},
		"delay, the later":  {Spec{DelayMS: 100, NotBeforeMS: 50}, 110},
		"moment, the later": {Spec{DelayMS: 100, NotBeforeMS: 500}, 500},
	} {
		var task Task
		if err := task.Apply(&Record{Task: testID, Kind: KindSubmit, Time: 10, Spec: &test.spec}); err != nil {
			t.Fatal(err)
		}
		if task.NotBeforeMS != test.want || task.Held {
			t.Errorf("%s: not before %d, want %d", name, task.NotBeforeMS, test.want)
		}
	}
	task := taskIn(t, Running)
	r := recordOf(KindRequeue, 1)
	r.DelayMS = 30
	if err := task.Apply(&r); err != nil || task.NotBeforeMS != 40 {
		t.Fatalf("after a requeue with delay: %+v, %v", task, err)
	}
}

// TestApplyMet lets a task go when all that it waits for has ended.
func TestApplyMet(t *testing.T) {
	one, two := ID{1}, ID{2}
	spec := &Spec{After: []Dependency{{one, WantsDone}, {two, WantsEnd}}}
	var task Task
	apply := func(r Record, want error) {
		t.Helper()
		r.Task = testID
		if err := task.Apply(&r); !errors.Is(err, want) {
			t.Fatalf("%s: %v, want %v", r.Kind, err, want)
		}
	}
	apply(Record{Kind: KindSubmit, Time: 10, Spec: spec}, nil)
	apply(Record{Kind: KindDispatch, Attempt: 1, Worker: "w"}, ErrRecord)
	apply(Record{Kind: KindMet, Other: two, Time: 20}, nil)
	apply(Record{Kind: KindMet, Other: two, Time: 20}, ErrRecord)
	apply(Record{Kind: KindDispatch, Attempt: 1, Worker: "w"}, ErrRecord)
	apply(Record{Kind: KindMet, Other: one, Time: 30}, nil)
	if len(spec.After) != 2 || task.PendingMS != 30 {
		t.Fatalf("spec %+v, task %+v", spec, task)
	}
	apply(Record{Kind: KindDispatch, Attempt: 1, Worker: "w"}, nil)
}

// TestApplyMetWorker waits for the worker of a task, and for its end.
func TestApplyMetWorker(t *testing.T) {
	other := ID{1}
	spec := &Spec{After: []Dependency{{other, WantsWorker}, {other, WantsDone}}}
	task, err := Fold([]Record{
		{Task: testID, Kind: KindSubmit, Spec: spec},
		{Task: testID, Kind: KindMet, Other: other, Worker: "w"},
	})
	if err != nil || task.Pinned != "w" || len(task.Waits) != 1 || task.Waits[0].Wants != WantsDone {
		t.Fatalf("%+v, %v", task, err)
	}
	if err := task.Apply(&Record{Task: testID, Kind: KindMet, Other: other, Worker: "v"}); !errors.Is(err, ErrRecord) {
		t.Errorf("it is met twice: %v", err)
	}
	if err := task.Apply(&Record{Task: testID, Kind: KindMet, Other: other}); err != nil || task.Pinned != "w" || len(task.Waits) != 0 {
		t.Errorf("%+v, %v", task, err)
	}
}

// TestWants says which ends are what was wanted.
func TestWants(t *testing.T) {
	for wants, met := range map[Wants][]State{
		WantsDone: {Done}, WantsEnd: {Done, Failed, Canceled}, WantsFailure: {Failed, Canceled}, 99: nil,
	} {
		for _, s := range States {
			if got := wants.MetBy(s); got != slices.Contains(met, s) {
				t.Errorf("%s met by %s: %v", wants, s, got)
			}
		}
	}
}

// TestParseDependency reads what String prints, and says what is accepted.
func TestParseDependency(t *testing.T) {
	for _, w := range []Wants{WantsDone, WantsEnd, WantsFailure} {
		want := Dependency{testID, w}
		if got, err := ParseDependency(want.String()); err != nil || got != want {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	if got, err := ParseDependency(testID.String()); err != nil || got.Wants != WantsDone {
		t.Errorf("without a word: %v, %v", got, err)
	}
	for _, bad := range []string{"", ":ok", "X", testID.String() + ":maybe", testID.String() + "X"} {
		if got, err := ParseDependency(bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}
