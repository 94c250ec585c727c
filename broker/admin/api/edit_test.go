package api

import (
	"fmt"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// An edit in the API's form is what the broker is asked.
func TestEditMessage(t *testing.T) {
	e := Edit{
		Worker: "w1", Options: Options{Spec: journal.Spec{Priority: 5, Tries: 1}}, OnUnmet: "fail",
		Labels: map[string]string{"run": "7"}, Clear: []string{"run-timeout"},
	}
	m, err := e.Message()
	if err != nil || m.Target != (journal.Target{Kind: journal.ToWorker, Name: "w1"}) || fmt.Sprint(m.Options) != "[1 8 14 16 5]" ||
		m.Spec.Priority != 5 || m.Spec.Labels[0] != "run=7" {
		t.Errorf("%+v, %v", m, err)
	}
	for says, e := range map[string]Edit{
		"only one of them":           {Worker: "a", Service: "b"},
		"nothing to change is named": {},
		"clear \"speed\"":            {Clear: []string{"speed"}},
		"clear \"priority\"":         {Options: Options{Spec: journal.Spec{Priority: 1}}, Clear: []string{"priority"}},
		"a name without =":           {Labels: map[string]string{"a=b": "c"}},
	} {
		if _, err := e.Message(); codeOf(err) != CodeBadRequest || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", e, err, says)
		}
	}
	for _, e := range []Edit{{Worker: "two words"}, {Service: "two words"}} {
		if _, err := e.Message(); codeOf(err) != wire.CodeBadName.String() {
			t.Errorf("%+v: %v", e, err)
		}
	}
	_, err = (&Edit{OnUnmet: "panic"}).Message()
	if codeOf(err) != wire.CodeBadOption.String() || !strings.Contains(err.Error(), "cancel or fail is accepted") {
		t.Errorf("on-unmet panic: %v", err)
	}
}

// A move takes nobody but who is named, and no options.
func TestMoveRefused(t *testing.T) {
	for says, e := range map[string]Edit{
		"edit: nobody to move to is named: only a worker or a service is accepted for move": {Clear: []string{"run-timeout"}},
		"edit: only a worker or a service is accepted for move":                             {Worker: "w", Clear: []string{"run-timeout"}},
	} {
		if _, err := VerbMove.Ask(&Change{All: true, By: "ann", Edit: &e}); codeOf(err) != CodeBadRequest || err.Error() != says {
			t.Errorf("%+v: %v, want %q", e, err, says)
		}
	}
}

// What an edit would do is foreseen as the broker decides it.
func TestPlanEdit(t *testing.T) {
	task := journal.Task{State: journal.Running, Spec: &journal.Spec{Tries: 1, Target: journal.Target{Kind: journal.ToService, Name: "s"}}}
	m := &wire.Edit{Spec: &journal.Spec{RunTimeoutMS: 5000}, Options: []uint8{5}}
	row := plan(VerbEdit, &task, m)
	if row.Error != nil || strings.Join(row.Changes, "; ") != "run-timeout none -> 5s" || row.After != "running" {
		t.Errorf("%+v", row)
	}
	move := &wire.Edit{Spec: &journal.Spec{}, Target: journal.Target{Kind: journal.ToWorker, Name: "w"}}
	if row := plan(VerbMove, &task, move); row.Error == nil || row.Error.Code != CodeNotAllowed || !strings.Contains(row.Error.Message, "only a pending task can be moved") {
		t.Errorf("%+v", row)
	}
	task.State = journal.Pending
	if row := plan(VerbMove, &task, move); row.Error != nil || row.Changes[0] != "target service/s -> worker/w" {
		t.Errorf("%+v", row)
	}
	if row := plan(VerbEdit, &task, &wire.Edit{Spec: &journal.Spec{Priority: 101}, Options: []uint8{8}}); row.Error == nil || row.Error.Code != "bad-option" {
		t.Errorf("%+v", row)
	}
}
