package view

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
)

// What can't be written in UTC is refused: the journal's times are.
func TestTimeOfAnotherYear(t *testing.T) {
	for _, text := range []string{"0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"} {
		var at Time
		if err := at.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%s is accepted as %s", text, at)
		}
	}
}

// sampleTime is 2026-01-31T12:00:00.007Z.
const sampleTime Time = 1769860800007

func TestTime(t *testing.T) {
	if s := sampleTime.String(); s != "2026-01-31T12:00:00.007Z" {
		t.Errorf("time %s", s)
	}
	var back Time
	if err := back.UnmarshalText([]byte("2026-01-31T13:00:00.007+01:00")); err != nil || back != sampleTime {
		t.Errorf("%v, %v", back, err)
	}
	if got := TimeOf(sampleTime.Time().Add(999 * time.Microsecond)); got != sampleTime {
		t.Errorf("%v: a time is cut to milliseconds", got)
	}
}

// The names and forms of fields are what scripts rely on: they don't change.
func TestTaskAsJSON(t *testing.T) {
	task := journal.Task{
		ID: ulid.MustParse("01KG9MA8G00000000000000001"), State: journal.Canceling, Attempt: 2, Worker: "w1",
		Failures: 1, Losses: 2, Stopping: journal.ReasonRunTimeout, Reason: journal.ReasonLost, Text: "gone",
		SubmittedMS: 1769860800001, PendingMS: 1769860800002, DispatchedMS: 1769860800003, StartedMS: 1769860800004,
		Held: true, NotBeforeMS: 1769860800006, CancelBy: "ann", CancelText: "why", CancelMS: 1769860800005,
		Spec: &journal.Spec{
			Client: "c", Key: "k", Target: journal.Target{Kind: journal.ToWorker, Name: "w1"}, Argv: []string{"a", "b"},
			Tries: 3, LossMax: 4, OnLoss: journal.LossWait, StartTimeoutMS: 5, RunTimeoutMS: 6, QueueTimeoutMS: 7, CancelGraceMS: 8,
			Priority: -9, DelayMS: 10, NotBeforeMS: 1769860800011, Hold: true, RetryDelayMS: 12, RetryDelayMaxMS: 13,
			After: []journal.Dependency{{Task: ulid.MustParse("01KG9MA8G00000000000000009"), Wants: journal.WantsEnd}}, FailUnmet: true,
			Labels: []string{"run=7", "user=ann=x"},
		},
	}
	const want = `{"id":"01KG9MA8G00000000000000001","state":"canceling","ended":false,"reason":"worker-lost","text":"gone",` +
		`"target":{"kind":"worker","name":"w1"},"worker":"w1","attempt":2,"failures":1,"losses":2,"stopping":"run-timeout",` +
		`"held":true,"not_before_at":"2026-01-31T12:00:00.006Z",` +
		`"submitted_at":"2026-01-31T12:00:00.001Z","pending_at":"2026-01-31T12:00:00.002Z",` +
		`"dispatched_at":"2026-01-31T12:00:00.003Z","started_at":"2026-01-31T12:00:00.004Z",` +
		`"cancel":{"by":"ann","text":"why","at":"2026-01-31T12:00:00.005Z"},"client":"c","key":"k","argv":["a","b"],` +
		`"options":{"tries":3,"loss_max":4,"on_worker_lost":"wait","start_timeout_ms":5,"run_timeout_ms":6,` +
		`"queue_timeout_ms":7,"cancel_grace_ms":8,"priority":-9,"delay_ms":10,"not_before_at":"2026-01-31T12:00:00.011Z",` +
		`"hold":true,"retry_delay_ms":12,"retry_delay_max_ms":13},` +
		`"after":["01KG9MA8G00000000000000009:any"],"on_unmet":"fail","labels":{"run":"7","user":"ann=x"}}`
	got, err := json.Marshal(NewTask(&task))
	if err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}

// A record that doesn't name its worker is of its attempt's.
func TestHistory(t *testing.T) {
	entries := NewHistory([]journal.Record{
		{Kind: journal.KindSubmit},
		{Kind: journal.KindMet, Other: ulid.MustParse("01KG9MA8G00000000000000001")},
		{Kind: journal.KindDispatch, Attempt: 1, Worker: "w1"},
		{Kind: journal.KindStart, Attempt: 1},
		{Kind: journal.KindRequeue, Attempt: 1, Reason: journal.ReasonLost, DelayMS: 5},
		{Kind: journal.KindDispatch, Attempt: 2, Worker: "w2"},
		{Kind: journal.KindEnd, Attempt: 2, State: journal.Done, Reason: journal.ReasonFinished},
	})
	got := ""
	for _, e := range entries {
		got += fmt.Sprintf("%s %d %s %s %s %d %s\n", e.Kind, e.Attempt, e.Worker, e.State, e.Reason, e.DelayMS, e.Other)
	}
	const want = "submit 0    0 \nmet 0    0 01KG9MA8G00000000000000001\ndispatch 1 w1   0 \nstart 1 w1   0 \n" +
		"requeue 1 w1  worker-lost 5 \ndispatch 2 w2   0 \nend 2 w2 done finished 0 \n"
	if got != want {
		t.Errorf("history\n%swant\n%s", got, want)
	}
}

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
