package api

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"bcp/journal"
)

// Whatever is wrong is told with the option's name and what is accepted.
func TestOptionsRefused(t *testing.T) {
	for text, says := range map[string]string{
		`{"run_timeout_ms": "2h"}`:           `run-timeout "2h": a whole number of milliseconds from 0 to 315360000000 is accepted`,
		`{"run_timeout_ms": -1}`:             `run-timeout -1ms: 0s to 3650d (10 years) are accepted`,
		`{"tries": 0}`:                       `tries 0: 1 to 1000 are accepted`,
		`{"keep_ms": 0}`:                     `keep 0s: 1ms to 3650d (10 years) are accepted`,
		`{"cancel_grace_ms": 0}`:             `cancel-grace 0s: 1ms to 3650d (10 years) are accepted`,
		`{"loss_max": null}`:                 `loss-max null: a whole number from 0 to 1000 is accepted`,
		`{"priority": 1e30}`:                 `priority 1e30: a whole number from -100 to 100 is accepted`,
		`{"priority": 101}`:                  `priority 101: -100 to 100 are accepted`,
		`{"hold": 2}`:                        `hold 2: true or false is accepted`,
		`{"on_worker_lost": "panic"}`:        `on-worker-lost "panic": default, requeue, wait or fail is accepted`,
		`{"not_before_at": "later"}`:         `not-before "later": RFC 3339 is accepted`,
		`{"not_before_at": 1700000000}`:      `not-before 1700000000: a text is accepted`,
		`{"where": ""}`:                      `option where: it is empty: a text is accepted, or no such option`,
		`{"prefer": "", "prefer_for_ms": 5}`: `option prefer: it is empty: a text is accepted, or no such option`,
		`{"where": "zone=a,gpu>3"}`:          `where "zone=a,gpu>3": term "gpu>3": labels are not compared by < or >`,
		`{"prefer": "a<b"}`:                  `prefer "a<b": term "a<b": labels are not compared by < or >`,
		`{"limit_key": [""]}`:                `limit-key "": UTF-8 that is not empty is accepted`,
		`{"": ["x"]}`:                        `option "" is not known: tries, loss_max,`,
		`{"after": ["x"]}`:                   `option "after" is not known: tries, loss_max,`,
		`{"time_out": 1}`:                    `option "time_out" is not known: tries, loss_max,`,
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

// Left out and empty mean the same where a word is accepted, and so does zero where nothing
// else can be asked for.
func TestOptionsLeftOut(t *testing.T) {
	var o Options
	if err := json.Unmarshal([]byte(`{"priority": 0, "on_worker_lost": "", "not_before_at": "", "hold": false}`), &o); err != nil {
		t.Fatal(err)
	}
	if want := (journal.Spec{}); !reflect.DeepEqual(o.Spec, want) {
		t.Errorf("%+v", o.Spec)
	}
}

// What is given counts, also if it is what the option is when it is left out: on its
// way through JSON, and in an edit.
func TestOptionsGiven(t *testing.T) {
	for text, want := range map[string]struct {
		numbers []uint8
		spec    journal.Spec
	}{
		`{"options":{"loss_max":0}}`:                                     {[]uint8{2}, journal.Spec{LossMax: journal.NoLoss}},
		`{"options":{"priority":0,"run_timeout_ms":9}}`:                  {[]uint8{5, 8}, journal.Spec{RunTimeoutMS: 9}},
		`{"options":{"hold":false,"on_worker_lost":"","where":""}}`:      {[]uint8{3, 11, 17}, journal.Spec{}},
		`{"options":{"fatal_class":[]},"on_unmet":"cancel"}`:             {[]uint8{14, 23}, journal.Spec{FatalClasses: []string{}}},
		`{"options":{},"on_unmet":"fail","labels":{}}`:                   {[]uint8{14, 16}, journal.Spec{FailUnmet: true}},
		`{"options":{"priority":0},"clear":["loss-max","tries","keep"]}`: {[]uint8{8, 2, 1, 37}, journal.Spec{Tries: 1}},
	} {
		var read, again Edit
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			t.Fatal(err)
		}
		sent, err := json.Marshal(&read)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(sent, &again); err != nil {
			t.Fatal(err)
		}
		m, err := again.Message()
		if err != nil || !reflect.DeepEqual(m.Options, want.numbers) || !reflect.DeepEqual(*m.Spec, want.spec) {
			t.Errorf("%s, sent as %s: %+v, %v", text, sent, m, err)
		}
	}
}

func TestEditRefused(t *testing.T) {
	for text, says := range map[string]string{
		`{}`:                        "nothing to change is named: options, labels, what to clear, or a worker or a service to move to is accepted",
		`{"clear":["nonsense"]}`:    `clear "nonsense": one of tries, loss-max, on-worker-lost,`,
		`{"clear":["after"]}`:       `clear "after": one of tries,`,
		`{"clear":["keep","keep"]}`: `clear "keep": an option that comes once`,
		`{"clear":["priority"],"options":{"priority":0}}`: `clear "priority": an option that comes once, and is not given a value in the same request, is accepted`,
	} {
		var e Edit
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Message(); err == nil || !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%s: %v\nshould say %s", text, err, says)
		}
	}
}
