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

// Words returns how the target is shown, such as service/hash.
func (t Target) Words() string { return t.Kind.Words() + "/" + t.Name }
