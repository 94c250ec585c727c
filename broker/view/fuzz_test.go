package view

import (
	"encoding/json"
	"reflect"
	"testing"

	"bcp/scripts/mutants"
)

// FuzzOptions reads any text as options in JSON: what is accepted is written in a way
// that reads the same.
func FuzzOptions(f *testing.F) {
	seeds := mutants.Texts(
		`{"tries":3,"run_timeout_ms":7200000,"not_before_at":"2026-01-31T12:00:00.007Z","where":"gpu=a100","resource":["cpu=2"],"hold":true}`,
		`{"on_worker_lost":"wait","tries_count":["error","lost"],"fatal_class":["oom"],"array":"0-9","priority":-3}`, `{}`, `null`, `{"tries":"3"}`,
	)
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		var o, again Options
		if json.Unmarshal(input, &o) != nil || o.Wrong() != nil {
			return
		}
		text, err := json.Marshal(o)
		if err == nil {
			err = json.Unmarshal(text, &again)
		}
		if err != nil || again.Wrong() != nil || !reflect.DeepEqual(again.Spec, o.Spec) {
			t.Errorf("%q is %+v, which is written as %s and read as %+v, %v", input, o.Spec, text, again.Spec, err)
		}
	})
}

// FuzzTime reads any text as a moment: what is accepted is written in a way that reads
// the same.
func FuzzTime(f *testing.F) {
	mutants.Fuzz(f, mutants.Texts("2026-01-31T12:00:00.007Z", "2026-01-31T13:00:00+01:00", "0000-01-01T00:00:00Z", ""), func(t testing.TB, input []byte) {
		var at, again Time
		if at.UnmarshalText(input) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(at.String())); err != nil || again != at {
			t.Errorf("%q is %d, which is written as %s and read as %d, %v", input, at, at, again, err)
		}
	})
}
