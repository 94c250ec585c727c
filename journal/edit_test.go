package journal

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// someValue gives an option a value that is not zero.
func someValue(t *testing.T, o *Option, s *Spec) {
	t.Helper()
	if o.IsNumber() {
		o.set(s, o.High)
		return
	}
	text := map[string]string{"after": testID.String() + ":any", "label": "run=7"}[o.Name]
	for _, try := range []string{text, "a=1", "7", "a", testID.String()} {
		if o.SetTexts(s, []string{try}) == nil {
			return
		}
	}
	t.Fatalf("no value of %s is known here", o.Name)
}

// Every option is changed to a value and to nothing, by itself, in memory and
// through a row; and the spec before stays as it is.
func TestEditOfEachOption(t *testing.T) {
	for i := range Options {
		o := &Options[i]
		empty, full := &Spec{Client: "c", Target: Target{ToService, "s"}}, &Spec{}
		someValue(t, o, full)
		for _, to := range []*Spec{full, new(Spec)} {
			before := empty
			if to != full {
				before = empty.with(full, []uint8{o.Number})
			}
			kept := *before
			r := newEdit(before, to, Target{}, []uint8{o.Number})
			if r == nil {
				t.Fatalf("%s: nothing is changed", o.Name)
			}
			r.Task = testID
			row := mustRow(t, mustRow(t, nil, &Record{Task: testID, Kind: KindSubmit, Spec: before}), r)
			records, err := decodeRow(testID, row)
			if err != nil || !reflect.DeepEqual(records[1], asRead(*r)) {
				t.Fatalf("%s: %+v came back as %+v, %v", o.Name, r, records, err)
			}
			changed := records[1].Changed()
			if len(changed) != 1 || changed[0] != o {
				t.Errorf("%s: %v is changed", o.Name, changed)
			}
			task := Task{ID: testID, State: Pending, Spec: before}
			err = task.Apply(r)
			if o.Edit == EditNever {
				if !errors.Is(err, ErrRecord) {
					t.Errorf("%s is what the task is, and can be changed: %v", o.Name, err)
				}
				continue
			}
			if err != nil || !o.equal(task.Spec, to) || task.Edits != 1 {
				t.Errorf("%s: %v, and the spec is %+v", o.Name, err, task.Spec)
			}
			if other := task.Spec.with(before, []uint8{o.Number}); !reflect.DeepEqual(other, before) || !reflect.DeepEqual(*before, kept) {
				t.Errorf("%s: the edit changes more: %+v", o.Name, task.Spec)
			}
		}
	}
}

func TestEditLeavesOutWhatIs(t *testing.T) {
	before := &Spec{Target: Target{ToService, "s"}, Priority: 5, DelayMS: 7, Labels: []string{"a=1"}}
	to := &Spec{Priority: 5, Labels: []string{"a=1"}}
	if r := newEdit(before, to, before.Target, []uint8{8, 16, 4}); r != nil {
		t.Errorf("%+v changes nothing", r)
	}
	r := newEdit(before, &Spec{Priority: 5, Tries: 2}, Target{ToWorker, "w"}, []uint8{8, 1, 9, 200})
	want := &Spec{Target: Target{ToWorker, "w"}, Tries: 2}
	if r == nil || !reflect.DeepEqual(r.Spec, want) || !bytes.Equal(r.Cleared, []byte{OptionDelay}) {
		t.Errorf("%+v", r)
	}
	if r := newEdit(before, before, Target{}, []uint8{OptionDelay}); r == nil || r.Spec.DelayMS != 7 {
		t.Errorf("a delay counts anew: %+v", r)
	}
}

// The wait between tries is no option's: no delay ends it, and no other time.
func TestEditOfTheWaitBetweenTries(t *testing.T) {
	for want, task := range map[string]Task{
		"changed":   {State: Pending, NotBeforeMS: 9, tryMS: 9, Spec: &Spec{}},
		"later":     {State: Pending, NotBeforeMS: 20, tryMS: 9, Spec: &Spec{NotBeforeMS: 20}},
		"over":      {State: Pending, NotBeforeMS: 5, tryMS: 5, Spec: &Spec{}},
		"asked":     {State: Pending, NotBeforeMS: 9, Spec: &Spec{NotBeforeMS: 9}},
		"given out": {State: Running, NotBeforeMS: 9, tryMS: 9, Spec: &Spec{}},
	} {
		waits := want == "changed" || want == "later"
		r := task.NewEdit(task.Spec, Target{}, []uint8{OptionDelay}, 5)
		if changed := r != nil && bytes.Equal(r.Cleared, []byte{OptionDelay}); changed != waits || r != nil && !changed {
			t.Errorf("%s: %+v", want, r)
		}
		if r := task.NewEdit(task.Spec, Target{}, []uint8{OptionNotBefore}, 5); r != nil {
			t.Errorf("%s: %+v", want, r)
		}
	}
}

// An attempt that is out was given out by what can't be changed then.
func TestEditByState(t *testing.T) {
	for _, c := range []struct {
		spec    Spec
		cleared []byte
		active  bool
	}{
		{Spec{RunTimeoutMS: 1}, nil, true},
		{Spec{Priority: 1}, []byte{4}, true},
		{Spec{Target: Target{ToWorker, "w"}}, nil, false},
		{Spec{DelayMS: 1}, nil, false},
		{Spec{Priority: 1}, []byte{OptionNotBefore}, false},
	} {
		for _, state := range States {
			task := taskIn(t, state)
			r := Record{Task: testID, Kind: KindEdit, Attempt: task.Attempt, Spec: &c.spec, Cleared: c.cleared}
			want := state
			if state.Ended() || state != Pending && !c.active {
				want = 0
			}
			checkApply(t, task, &r, want)
		}
	}
	task := taskIn(t, Running)
	checkApply(t, task, &Record{Task: testID, Kind: KindEdit, Attempt: 2, Spec: &Spec{Tries: 3}}, 0)
	checkApply(t, task, &Record{Task: testID, Kind: KindEdit, Attempt: 1}, 0)
}

// Of delay and not-before the later counts, also when only one of them is changed, and
// neither shortens a wait between tries but the delay, which ends it.
func TestEditOfTimes(t *testing.T) {
	edit := func(s Spec, cleared ...byte) Record { return Record{Kind: KindEdit, Spec: &s, Cleared: cleared} }
	for name, c := range map[string]struct {
		submit Spec
		retry  int64 // delay of a requeue at 20
		edits  []Record
		want   int64
	}{
		"an earlier time":          {Spec{DelayMS: 200}, 0, []Record{edit(Spec{NotBeforeMS: 150})}, 210},
		"a later time":             {Spec{DelayMS: 200}, 0, []Record{edit(Spec{NotBeforeMS: 300})}, 300},
		"a time, and none":         {Spec{DelayMS: 200}, 0, []Record{edit(Spec{NotBeforeMS: 300}), edit(Spec{}, OptionNotBefore)}, 210},
		"a shorter delay":          {Spec{NotBeforeMS: 500}, 0, []Record{edit(Spec{DelayMS: 30})}, 500},
		"no delay, the time stays": {Spec{NotBeforeMS: 500, DelayMS: 900}, 0, []Record{edit(Spec{}, OptionDelay)}, 500},
		"a later delay":            {Spec{NotBeforeMS: 500}, 0, []Record{edit(Spec{DelayMS: 700})}, 800},
		"a delay, and no time":     {Spec{NotBeforeMS: 500}, 0, []Record{edit(Spec{DelayMS: 30}), edit(Spec{}, OptionNotBefore)}, 130},
		"neither":                  {Spec{NotBeforeMS: 500, DelayMS: 900}, 0, []Record{edit(Spec{}, OptionDelay, OptionNotBefore)}, 0},
		"both":                     {Spec{NotBeforeMS: 500}, 0, []Record{edit(Spec{NotBeforeMS: 120, DelayMS: 30})}, 130},
		"another option":           {Spec{NotBeforeMS: 500, DelayMS: 900}, 0, []Record{edit(Spec{Tries: 2})}, 910},
		"between tries, a time":    {Spec{DelayMS: 1}, 300, []Record{edit(Spec{NotBeforeMS: 150})}, 320},
		"a time after the wait":    {Spec{DelayMS: 1}, 300, []Record{edit(Spec{NotBeforeMS: 350})}, 350},
		"a time and none again":    {Spec{DelayMS: 1}, 300, []Record{edit(Spec{NotBeforeMS: 350}), edit(Spec{}, OptionNotBefore)}, 320},
		"a time of the submit":     {Spec{NotBeforeMS: 12}, 300, []Record{edit(Spec{NotBeforeMS: 350}), edit(Spec{NotBeforeMS: 40})}, 320},
		"no delay, under a time":   {Spec{DelayMS: 1}, 300, []Record{edit(Spec{NotBeforeMS: 350}), edit(Spec{}, OptionDelay), edit(Spec{}, OptionNotBefore)}, 0},
		"a delay ends the wait":    {Spec{DelayMS: 1}, 300, []Record{edit(Spec{DelayMS: 20})}, 120},
		"no delay ends the wait":   {Spec{DelayMS: 1}, 300, []Record{edit(Spec{}, OptionDelay)}, 0},
	} {
		task := Task{}
		records := []Record{{Kind: KindSubmit, Time: 10, Spec: &c.submit}}
		if c.retry != 0 {
			records = append(records, Record{Kind: KindDispatch, Time: 15, Attempt: 1, Worker: "w"},
				Record{Kind: KindRequeue, Time: 20, Attempt: 1, Worker: "w", Reason: ReasonError, DelayMS: c.retry})
		}
		for i, r := range append(records, c.edits...) {
			if r.Task = testID; r.Kind == KindEdit {
				r.Time, r.Attempt = 100, task.Attempt
			}
			if err := task.Apply(&r); err != nil {
				t.Fatalf("%s: record %d: %v", name, i, err)
			}
		}
		if task.NotBeforeMS != c.want {
			t.Errorf("%s: not before %d, want %d", name, task.NotBeforeMS, c.want)
		}
	}
}
