package api

import (
	"reflect"
	"strings"
	"testing"

	"bcp/journal"
)

const (
	oneID = "01KG9MA8G00000000000000001"
	twoID = "01KG9MA8G00000000000000002"
)

// What a submission asks for is what its task shows.
func TestSubmissionAfter(t *testing.T) {
	s := Submission{
		Service: "s", After: []string{oneID, strings.ToLower(twoID) + ":failed"}, OnUnmet: UnmetFail,
		Labels: map[string]string{"user": "ann=x", "run": "7", "empty": ""},
	}
	spec, err := s.Spec()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"empty=", "run=7", "user=ann=x"}; !reflect.DeepEqual(spec.Labels, want) {
		t.Errorf("labels %q, want %q: in order", spec.Labels, want)
	}
	task := journal.Task{State: journal.Pending, Spec: spec, Waits: spec.After[1:]}
	shown := NewTask(&task)
	if want := []string{oneID + ":ok", twoID + ":failed"}; !reflect.DeepEqual(shown.After, want) || shown.OnUnmet != UnmetFail {
		t.Errorf("after %q, on unmet %q, want %q", shown.After, shown.OnUnmet, want)
	}
	if want := []string{twoID + ":failed"}; !reflect.DeepEqual(shown.WaitsFor, want) || !reflect.DeepEqual(shown.Labels, s.Labels) {
		t.Errorf("waits for %q with labels %q", shown.WaitsFor, shown.Labels)
	}
	task.State = journal.Canceled
	if shown := NewTask(&task); len(shown.WaitsFor) != 0 {
		t.Errorf("a task that has ended waits for %q", shown.WaitsFor)
	}
}

func TestSubmissionAfterRefuses(t *testing.T) {
	for says, s := range map[string]Submission{
		"after \"01KG\": the 26 letters":         {After: []string{"01KG"}},
		":well\": ok, any or failed is accepted": {After: []string{oneID + ":well"}},
		"each is accepted once":                  {After: []string{oneID, oneID + ":any"}},
		"on-unmet \"panic\": cancel or fa":       {OnUnmet: "panic"},
		"label \"a b=c\"":                        {Labels: map[string]string{"a b": "c"}},
		"label \"a=b\": a name without =":        {Labels: map[string]string{"a=b": "c"}},
	} {
		s.Service = "s"
		if _, err := s.Spec(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: should say %s", err, says)
		}
	}
}

func TestFilterByLabel(t *testing.T) {
	task := journal.Task{State: journal.Pending, Spec: &journal.Spec{Labels: []string{"run=7", "user=ann=x", "empty="}}}
	for filter, want := range map[string]bool{
		"run": true, "run=7": true, "run=": false, "run=8": false, "ru": false,
		"user": true, "user=ann": false, "user=ann=x": true, "empty": true, "empty=": true,
		"run=7 user": true, "run user=bob": false,
	} {
		f := Filter{Labels: strings.Fields(filter)}
		if got := matches(t, f, &task); got != want {
			t.Errorf("%s: %v", filter, got)
		}
	}
	if matches(t, Filter{Labels: []string{"run"}}, &journal.Task{State: journal.Pending}) {
		t.Error("a task without labels has one")
	}
}
