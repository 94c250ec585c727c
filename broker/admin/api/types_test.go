package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
)

// sampleTime is 2026-01-31T12:00:00.007Z.
const sampleTime Time = 1769860800007

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
		"exactly one of worker and service":            {},
		"exactly one of worker and service ":           {Worker: "w", Service: "s"},
		"run-timeout -1ms":                             {Worker: "w", Options: wanted(journal.Spec{RunTimeoutMS: -1})},
		"priority 101: -100 to 100":                    {Worker: "w", Options: wanted(journal.Spec{Priority: 101})},
		"retry-delay-max -1ms":                         {Worker: "w", Options: wanted(journal.Spec{RetryDelayMaxMS: -1})},
		"worker \"a b\": printable UTF-8":              {Worker: "a b"},
		fmt.Sprintf("tries %d: 1", journal.MaxTries+1): {Worker: "w", Options: wanted(journal.Spec{Tries: journal.MaxTries + 1})},
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
		"http://127.0.0.1:65536",
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
