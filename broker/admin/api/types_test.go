package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

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

func TestWorker(t *testing.T) {
	info := broker.WorkerInfo{Name: "w", Dialect: "BCP/2", Slots: 2, Busy: 1, Live: true, Heard: time.Second, Since: time.Minute}
	got, err := json.Marshal(NewWorker(&info, int64(sampleTime)))
	const want = `{"name":"w","state":"live","dialect":"BCP/2","services":[],"slots":2,"busy":1,` +
		`"heard_at":"2026-01-31T11:59:59.007Z","registered_at":"2026-01-31T11:59:00.007Z","tasks":[]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	info.Draining = true
	if s := NewWorker(&info, 0).State; s != WorkerDraining {
		t.Errorf("state %s of a worker that wants no more", s)
	}
	info.Live = false
	if s := NewWorker(&info, 0).State; s != WorkerAway {
		t.Errorf("state %s of a worker that is away", s)
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

// wanted returns options as somebody may submit them.
func wanted(s journal.Spec) Options { return Options{Spec: s} }

func sameJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}

func TestSubmission(t *testing.T) {
	spec, err := (&Submission{Service: "s", Options: wanted(journal.Spec{OnLoss: journal.LossWait, RunTimeoutMS: 9})}).Spec()
	if err != nil || spec.Tries != 1 || spec.OnLoss != journal.LossWait || spec.RunTimeoutMS != 9 ||
		spec.Target != (journal.Target{Kind: journal.ToService, Name: "s"}) {
		t.Errorf("%+v, %v", spec, err)
	}
	options := wanted(journal.Spec{
		Tries: 1, Priority: -3, DelayMS: 4, NotBeforeMS: int64(sampleTime), Hold: true, RetryDelayMS: 5, RetryDelayMaxMS: 6,
	})
	spec, err = (&Submission{Service: "s", Options: options}).Spec()
	if err != nil {
		t.Fatal(err)
	}
	if back := NewTask(&journal.Task{Spec: spec}).Options; !sameJSON(t, back, options) {
		t.Errorf("%+v came back as %+v", options, back)
	}
	for says, s := range map[string]Submission{
		"exactly one of worker and service":         {},
		"exactly one of worker and service ":        {Worker: "w", Service: "s"},
		"run-timeout -1 ms":                         {Worker: "w", Options: wanted(journal.Spec{RunTimeoutMS: -1})},
		"priority 101: -100 to 100":                 {Worker: "w", Options: wanted(journal.Spec{Priority: 101})},
		"retry-delay-max -1 ms":                     {Worker: "w", Options: wanted(journal.Spec{RetryDelayMaxMS: -1})},
		"worker \"a b\": printable UTF-8":           {Worker: "a b"},
		fmt.Sprintf("tries %d: 1", wire.MaxTries+1): {Worker: "w", Options: wanted(journal.Spec{Tries: wire.MaxTries + 1})},
	} {
		if _, err := s.Spec(); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(says)) {
			t.Errorf("%v: should say %s", err, says)
		}
	}
}

func TestErrorOf(t *testing.T) {
	for code, err := range map[string]error{
		CodeTimeout:     fmt.Errorf("wait: %w", Errorf(CodeTimeout, "late")),
		"key-conflict":  wire.Errorf(wire.CodeKeyConflict, "used"),
		CodeUnknownTask: fmt.Errorf("get: %w", journal.ErrNotFound),
		CodeDamaged:     fmt.Errorf("get: %w", journal.ErrCorrupt),
		CodeInternal:    errors.New("else"),
	} {
		if got := ErrorOf(err).Code; got != code {
			t.Errorf("%v: code %s, not %s", err, got, code)
		}
	}
}

func TestAddress(t *testing.T) {
	for s, want := range map[string]Address{
		"unix:/run/bcp.sock":    {"unix", "/run/bcp.sock"},
		"unix:bcp.sock":         {"unix", "bcp.sock"},
		"http://127.0.0.1:8080": {"tcp", "127.0.0.1:8080"},
		"http://localhost:1":    {"tcp", "localhost:1"},
		"http://[::1]:8080/":    {"tcp", "[::1]:8080"},
	} {
		if got, err := ParseAddress(s); err != nil || got != want {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "unix:", "/run/bcp.sock", "http://127.0.0.1", "https://127.0.0.1:1", "http://0.0.0.0:1",
		"http://example.com:1", "http://127.0.0.1:1/v1", "unix:" + strings.Repeat("x", pathMax+1),
	} {
		if a, err := ParseAddress(s); err == nil {
			t.Errorf("%q was accepted as %+v", s, a)
		}
	}
}

func TestDefaultAddress(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "/run/user/1000")
	if a := DefaultAddress(); a != "unix:/run/user/1000/bcp.sock" {
		t.Error(a)
	}
	t.Setenv("XDG_RUNTIME_DIR", "")
	if a, err := ParseAddress(DefaultAddress()); err != nil || a.Network != "unix" {
		t.Errorf("%+v, %v", a, err)
	}
}
