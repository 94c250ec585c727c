package journal

import (
	"fmt"
	"slices"
)

// Edits says when an option can be changed after the submit.
type Edits uint8

const (
	EditPending Edits = iota // while no attempt is out: the present one was given out by it
	EditAlways               // at any time: it counts for what is still to come
	EditNever                // it is what the task is
)

// Editable lists the names of the options that can be changed after the submit.
func Editable() (names []string) {
	for i := range Options {
		if o := &Options[i]; o.Edit != EditNever {
			names = append(names, o.Name)
		}
	}
	return names
}

// Numbers of options whose change has a meaning of its own.
const (
	OptionRunTimeout     = 5
	OptionDelay          = 9
	OptionNotBefore      = 10
	OptionHold           = 11
	optionWhere          = 17
	OptionSilenceTimeout = 24
	OptionLifeTimeout    = 25
)

// Extendable are the options that a worker may change of the task that it runs.
var Extendable = []uint8{OptionRunTimeout, OptionSilenceTimeout, OptionLifeTimeout}

// newEdit is NewEdit for a task that doesn't wait for its next try. Options that are so already
// are left out, except for a delay, which counts anew.
func newEdit(before, to *Spec, target Target, numbers []uint8) *Record {
	r := &Record{Kind: KindEdit, Spec: new(Spec)}
	if target.Kind != 0 && target != before.Target {
		r.Spec.Target = target
	}
	for i := range Options {
		o := &Options[i]
		if !slices.Contains(numbers, o.Number) || o.equal(before, to) && (o.Number != OptionDelay || o.IsZero(to)) {
			continue
		}
		if o.copy(r.Spec, to); o.IsZero(to) {
			r.Cleared = append(r.Cleared, o.Number)
		}
	}
	if r.Spec.Target.Kind == 0 && len(r.Changed()) == 0 {
		return nil
	}
	return r
}

// NewEdit returns a record of KindEdit that changes the options with these numbers to what
// they are in the spec, and the target if its kind is not zero; nil if that changes nothing
// of the task as it stands. Asking for no delay is a change also for a task that waits for
// its next try, which nobody has asked for.
func (t *Task) NewEdit(to *Spec, target Target, numbers []uint8, nowMS int64) *Record {
	r := newEdit(t.Spec, to, target, numbers)
	unasked := t.State == Pending && t.tryMS > nowMS && t.Spec.DelayMS == 0
	if !unasked || to.DelayMS != 0 || !slices.Contains(numbers, OptionDelay) {
		return r
	}
	if r == nil {
		r = &Record{Kind: KindEdit, Spec: new(Spec)}
	}
	r.Cleared = append(r.Cleared, OptionDelay)
	return r
}

// Changed lists the options that a record of KindEdit changes, in order of their
// numbers.
func (r *Record) Changed() (list []*Option) {
	for i := range Options {
		if o := &Options[i]; r.changes(o) {
			list = append(list, o)
		}
	}
	return list
}

func (r *Record) changes(o *Option) bool {
	return !o.IsZero(r.Spec) || slices.Contains(r.Cleared, o.Number)
}

// with returns the spec with the options of another one that have these numbers, and with
// its target if the kind is not zero. The spec itself stays as it is.
func (s *Spec) with(other *Spec, numbers []uint8) *Spec {
	changed := *s
	if other.Target.Kind != 0 {
		changed.Target = other.Target
	}
	for _, n := range numbers {
		if o := OptionNumbered(n); o != nil {
			o.copy(&changed, other)
		}
	}
	return &changed
}

// Edited returns the spec after an edit that is yet to be checked. What Heeded leaves out
// is no fault of the edit, and is left out likewise.
func (s *Spec) Edited(other *Spec, numbers []uint8) *Spec {
	edited := s.with(other, numbers)
	if edited.RetryDelayMS == 0 {
		return s.Heeded().with(other, numbers)
	}
	return edited
}

// Heeded returns the spec without what older builds accepted, and CheckOptions refuses, for
// nothing comes of it: how the waits between tries differ, where there are none. It is the
// spec itself if there is nothing to leave out.
func (s *Spec) Heeded() *Spec {
	if s.RetryDelayMS != 0 || s.RetryDelayMaxMS == 0 && s.RetryJitter == 0 {
		return s
	}
	heeded := *s
	heeded.RetryDelayMaxMS, heeded.RetryJitter = 0, 0
	return &heeded
}

// edit changes what was asked for. Of delay and not-before the later counts, whichever is
// changed: a delay from the edit on. It ends a wait between tries; nothing else does, so a
// later not-before that is taken back leaves that wait as it was.
func (t *Task) edit(r *Record) {
	numbers := make([]uint8, 0, len(Options))
	for _, o := range r.Changed() {
		numbers = append(numbers, o.Number)
	}
	if r.Spec.Target.Kind != 0 {
		t.Declined = nil
	}
	t.Spec = t.Spec.with(r.Spec, numbers)
	t.Edits++
	if slices.Contains(numbers, OptionDelay) {
		t.delay(r.Time)
		t.tryMS = 0
	}
	t.NotBeforeMS = max(t.tryMS, t.askedMS())
}

// delay has the delay that is asked for count from a time on, in Unix milliseconds.
func (t *Task) delay(fromMS int64) {
	t.delayedMS = 0
	if t.Spec.DelayMS > 0 {
		t.delayedMS = fromMS + t.Spec.DelayMS
	}
}

// askedMS is before when the task shall not be dispatched by what was asked for with it:
// Unix milliseconds, 0 for no such time. A wait between tries may make it later.
func (t *Task) askedMS() int64 { return max(t.Spec.NotBeforeMS, t.delayedMS) }

// CheckEdit tells why a record of KindEdit can't change the task where it stands;
// nil if it can.
func (t *Task) CheckEdit(r *Record) error {
	if t.State.Ended() {
		return fmt.Errorf("task %s is %s: one that has ended can't be changed", t.ID, t.State)
	}
	for _, o := range r.Changed() {
		switch {
		case o.Edit == EditNever:
			return fmt.Errorf("%s: it can't be changed after the submit", o.Name)
		case o.Edit == EditPending && t.State != Pending:
			return fmt.Errorf("%s: it can be changed only of a pending task, and %s is %s", o.Name, t.ID, t.State)
		}
	}
	if r.Spec.Target.Kind != 0 && t.State != Pending {
		return fmt.Errorf("target: only a pending task can be moved, and %s is %s", t.ID, t.State)
	}
	if r.changes(OptionNumbered(optionWhere)) {
		if err := t.checkSettled(); err != nil {
			return err
		}
	}
	return t.CheckMove(r.Spec.Target)
}

// IsZero tells whether the option is one of a spec that nobody has written to. Of tries
// that is none at all, and of all others what they are when they are left out.
func (o *Option) IsZero(s *Spec) bool {
	if o.IsNumber() {
		return o.get(s) == 0
	}
	return len(o.texts(s)) == 0
}

func (o *Option) equal(a, b *Spec) bool {
	if o.IsNumber() {
		return o.get(a) == o.get(b)
	}
	return slices.Equal(o.texts(a), o.texts(b))
}

// copy takes the option's value from another spec.
func (o *Option) copy(to, from *Spec) {
	if o.IsNumber() {
		o.set(to, o.get(from))
		return
	}
	_ = o.put(to, slices.Clone(o.texts(from))) // what another spec has can be put
}
