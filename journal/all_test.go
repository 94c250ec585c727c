package journal

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// What makes no sense with a broadcast, and what is only for one, is refused from the
// one place.
func TestAllRule(t *testing.T) {
	all := Target{ToAll, "add"}
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"of a service":             {Spec{Target: all}, ""},
		"of labels":                {Spec{Target: Target{Kind: ToAll}, Where: "gpu"}, ""},
		"with all that it may":     {Spec{Target: all, Where: "gpu", LateJoiners: true, OnAway: AwayFail, Resources: []string{"cpu=1"}}, ""},
		"of everybody":             {Spec{Target: Target{Kind: ToAll}}, "target: "},
		"of an array":              {Spec{Target: all, Array: "4"}, `array "4": `},
		"at most so many":          {Spec{Target: all, ArrayRunning: 1}, "array-running 1: "},
		"that prefers":             {Spec{Target: all, Prefer: "gpu", PreferForMS: 1}, `prefer "gpu": `},
		"where another ran":        {Spec{Target: all, After: []Dependency{{testID, WantsWorker}}}, "same-worker-as: not "},
		"no broadcast, late":       {Spec{Target: Target{ToService, "add"}, LateJoiners: true}, "late-joiners: "},
		"no broadcast, who's away": {Spec{Target: Target{ToWorker, "w"}, OnAway: AwaySkip}, "on-away skip: "},
		"an unknown policy":        {Spec{Target: all, OnAway: 3}, "on-away 3: 0 (wait), 1 (skip) or 2 (fail) is accepted"},
	} {
		c.spec.Tries = 1
		err := CheckOptions(&c.spec)
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %v: want %q", name, err, c.want)
		}
	}
}

// broadcast returns a broadcast with a member.
func broadcast(t *testing.T) (whole, member Task) {
	spec := &Spec{Target: Target{ToAll, "add"}, LateJoiners: true, OnAway: AwaySkip, Hold: true, DelayMS: 5, Key: "k", Tries: 3}
	apply(t, &whole, Record{Task: testID, Kind: KindSubmit, Spec: spec})
	apply(t, &whole, Record{Task: testID, Kind: KindTally, Tally: &Tally{Count: 1, Next: 1}})
	apply(t, &member, Record{Task: IDOf(testID, 0), Kind: KindJoin, Spec: spec.OfMember(), Worker: "w", Other: testID, Count: 1})
	return whole, member
}

func apply(t *testing.T, task *Task, r Record) {
	t.Helper()
	if err := task.Apply(&r); err != nil {
		t.Fatal(err)
	}
}

// A member of a broadcast is its worker's, and asks for what the broadcast asked for.
func TestJoin(t *testing.T) {
	whole, m := broadcast(t)
	if whole.Tally == nil || whole.OfAll || m.Tally != nil {
		t.Errorf("the whole is %+v, and its member %+v", whole, m)
	}
	if !m.OfAll || m.Pinned != "w" || *m.Member != (Member{testID, 0, 1}) || m.State != Pending || m.Held {
		t.Errorf("the member is %+v", m)
	}
	s := m.Spec
	if s.Target != (Target{ToService, "add"}) || s.LateJoiners || s.OnAway != AwayWait || s.DelayMS != 0 || s.Key != "" || s.Tries != 3 {
		t.Errorf("the member asks for %+v", s)
	}
	if target := (Target{Kind: ToAll}).OfMember(); target != (Target{Kind: ToAny}) {
		t.Errorf("the target of a member of all is %v", target)
	}
	outside := Record{Task: IDOf(testID, 1), Kind: KindJoin, Spec: s, Worker: "w", Other: testID, Index: 1, Count: 1}
	if err := new(Task).Apply(&outside); err == nil {
		t.Error("a member beyond the count joins")
	}
	submit := Record{Task: testID, Kind: KindSubmit, Spec: whole.Spec}
	if got := submit.LastID(); got != IDPlus(testID, MaxAll) {
		t.Errorf("the last ID of a broadcast is %s", got)
	}
}

// Who is in a broadcast is not changed by an edit.
func TestEditBroadcast(t *testing.T) {
	whole, member := broadcast(t)
	alone := Task{ID: otherID, State: Pending, Spec: &Spec{Target: Target{ToService, "add"}}}
	for name, c := range map[string]struct {
		task *Task
		edit Record
		ok   bool
	}{
		"priority of the whole":   {&whole, Record{Spec: &Spec{Priority: 1}}, true},
		"on-away of the whole":    {&whole, Record{Spec: &Spec{OnAway: AwayFail}}, true},
		"target of the whole":     {&whole, Record{Spec: &Spec{Target: Target{ToWorker, "w"}}}, false},
		"where of the whole":      {&whole, Record{Spec: &Spec{Where: "gpu"}}, false},
		"priority of a member":    {&member, Record{Spec: &Spec{Priority: 1}}, true},
		"target of a member":      {&member, Record{Spec: &Spec{Target: Target{ToWorker, "w"}}}, false},
		"no where of a member":    {&member, Record{Spec: &Spec{}, Cleared: []byte{17}}, false},
		"target of another":       {&alone, Record{Spec: &Spec{Target: Target{ToWorker, "w"}}}, true},
		"another, to a broadcast": {&alone, Record{Spec: &Spec{Target: Target{ToAll, "add"}}}, false},
	} {
		c.edit.Kind, c.edit.Task = KindEdit, c.task.ID
		if err := c.task.CheckEdit(&c.edit); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The result of a broadcast is bounded, and tells of those that are not done above all.
func TestSummarize(t *testing.T) {
	for name, c := range map[string]struct {
		members, failed  int // the last ones have failed
		each, told, left int // members that it has, those of them that have failed, and the others
	}{
		"few":                {3, 1, 3, 1, 0},
		"as many as may be":  {SeatsMax, 2, SeatsMax, 2, 0},
		"too many":           {SeatsMax + 50, 7, SeatsMax, 7, 50},
		"too many failures":  {SeatsMax + 50, SeatsMax + 20, SeatsMax, SeatsMax, 50},
		"nothing but failed": {SeatsMax + 1, SeatsMax + 1, SeatsMax, SeatsMax, 1},
	} {
		seats := make([]Seat, c.members)
		for i := range seats {
			seats[i] = Seat{Index: uint32(i), Worker: fmt.Sprint("w", i), State: Done.String()}
			if i >= c.members-c.failed {
				seats[i].State, seats[i].Reason = Failed.String(), ReasonError.String()
			}
		}
		s := Summarize(Numbers{Members: uint32(c.members)}, seats)
		failed := 0
		for i, seat := range s.Each {
			if seat.State == Failed.String() {
				failed++
			}
			if i > 0 && seat.Index <= s.Each[i-1].Index {
				t.Errorf("%s: index %d comes after %d", name, seat.Index, s.Each[i-1].Index)
			}
		}
		if len(s.Each) != c.each || failed != c.told || s.LeftOut != c.left {
			t.Errorf("%s: %d told, %d of them failed, %d left out", name, len(s.Each), failed, s.LeftOut)
		}
		text, err := json.Marshal(s)
		if len(text) > 100*SeatsMax || err != nil {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
}
