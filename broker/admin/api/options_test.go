package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"bcp/journal"
)

// What is set in a spec comes back from its JSON, but for what is shown elsewhere.
func TestOptionsRoundTrip(t *testing.T) {
	for i := range journal.Options {
		o := &journal.Options[i]
		if jsonName(o) == "" || !o.IsNumber() {
			continue
		}
		var s journal.Spec
		if err := o.SetValue(&s, o.High); err != nil {
			t.Fatal(err)
		}
		if o.Sort == journal.Moment {
			s.NotBeforeMS = int64(sampleTime)
		}
		text, err := json.Marshal(Options{Spec: s})
		if err != nil {
			t.Fatal(err)
		}
		var back Options
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back.Spec, s) {
			t.Errorf("%s: %s came back as %+v, %v", o.Name, text, back.Spec, err)
		}
	}
}

// Whatever is wrong is told with the option's name and what is accepted.
func TestOptionsRefused(t *testing.T) {
	for text, says := range map[string]string{
		`{"run_timeout_ms": "2h"}`:      `run-timeout "2h": a whole number is accepted`,
		`{"run_timeout_ms": -1}`:        `run-timeout -1 ms: 0 to 315360000000 ms (10 years) are accepted`,
		`{"priority": 101}`:             `priority 101: -100 to 100 are accepted`,
		`{"hold": 2}`:                   `hold 2: true or false is accepted`,
		`{"on_worker_lost": "panic"}`:   `on-worker-lost "panic": default, requeue, wait or fail is accepted`,
		`{"not_before_at": "later"}`:    `not-before "later": RFC 3339 is accepted`,
		`{"not_before_at": 1700000000}`: `not-before 1700000000: a text is accepted`,
		`{"": ["x"]}`:                   `option "" is not known: tries, loss_max,`,
		`{"after": ["x"]}`:              `option "after" is not known: tries, loss_max,`,
		`{"time_out": 1}`:               `option "time_out" is not known: tries, loss_max,`,
	} {
		s := Submission{Service: "s"}
		if err := json.Unmarshal([]byte(text), &s.Options); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := s.Spec(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; should say %s", text, err, says)
		}
	}
}

// Left out, zero and empty mean the same.
func TestOptionsLeftOut(t *testing.T) {
	var o Options
	if err := json.Unmarshal([]byte(`{"tries": 0, "on_worker_lost": "", "not_before_at": "", "hold": false}`), &o); err != nil {
		t.Fatal(err)
	}
	if want := (journal.Spec{Tries: 1}); !reflect.DeepEqual(o.Spec, want) {
		t.Errorf("%+v", o.Spec)
	}
}
