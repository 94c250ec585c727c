package journal

import (
	"fmt"
	"strings"
)

// ChangeTexts tells what a record of an edit has changed, and to what.
func ChangeTexts(r *Record) (texts []string) {
	if r.Spec.Target.Kind != 0 {
		texts = append(texts, "target="+r.Spec.Target.Words())
	}
	for _, o := range r.Changed() {
		texts = append(texts, o.Name+"="+valueText(o, r.Spec))
	}
	return texts
}

// ChangesFrom tells what a record of an edit changes of what was asked for before, from
// what to what it is after.
func ChangesFrom(before, after *Spec, r *Record) (texts []string) {
	if before.Target != after.Target {
		texts = append(texts, fmt.Sprintf("target %s -> %s", before.Target.Words(), after.Target.Words()))
	}
	for _, o := range r.Changed() {
		from, to := valueText(o, before), valueText(o, after)
		if from == to { // it counts anew
			texts = append(texts, fmt.Sprintf("%s %s from now on", o.Name, to))
			continue
		}
		texts = append(texts, fmt.Sprintf("%s %s -> %s", o.Name, from, to))
	}
	return texts
}

// StaysBackText tells until when a task is kept back after an edit of when it may go, where
// that is later than what the edit asks for: by what it asked for before, or for its next try.
// It is "" where the edit has it as it says. The time is in Unix milliseconds.
func (t *Task) StaysBackText(r *Record, nowMS int64) string {
	if !r.changes(OptionNumbered(OptionDelay)) && !r.changes(OptionNumbered(OptionNotBefore)) {
		return ""
	}
	asked, after, edit := Task{Spec: r.Spec}, *t, *r
	edit.Time = nowMS
	asked.delay(nowMS)
	after.edit(&edit)
	if after.NotBeforeMS <= max(asked.askedMS(), nowMS) {
		return ""
	}
	return fmt.Sprintf("kept back until %s all the same", formatMoment(after.NotBeforeMS))
}

// valueText is an option's value, or what leaving it out means.
func valueText(o *Option, s *Spec) string {
	switch {
	case o.IsSet(s):
	case o.Unless != "":
		return o.Unless
	case !o.IsNumber() || o.Sort == Moment:
		return "none"
	}
	return strings.ReplaceAll(o.Format(s), "\n", ",")
}

// kindWords are how the kinds of targets are shown. Append-only: the API's.
var kindWords = map[TargetKind]string{ToWorker: "worker", ToService: "service", ToAll: "all", ToAny: "any"}

// Words returns how the kind is shown: worker, service, all or any.
func (k TargetKind) Words() string { return kindWords[k] }

// Words returns how the target is shown, such as service/hash, or any.
func (t Target) Words() string {
	if t.Name == "" {
		return t.Kind.Words()
	}
	return t.Kind.Words() + "/" + t.Name
}
