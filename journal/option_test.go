package journal

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

// A number names one option, and every option says what it is.
func TestOptionsTable(t *testing.T) {
	tags := map[byte]string{}
	for i := range Options {
		o := &Options[i]
		if OptionNumbered(o.Number) != o || OptionNamed(o.Name) != o {
			t.Errorf("option %d (%s) is not found by its number and name", o.Number, o.Name)
		}
		if i > 0 && o.Number <= Options[i-1].Number {
			t.Errorf("option %d comes after %d", o.Number, Options[i-1].Number)
		}
		if other := tags[o.tag()]; other != "" || o.tag() >= tagAbove {
			t.Errorf("%s has the tag %d, which is %q's or too high", o.Name, o.tag(), other)
		}
		if tags[o.tag()] = o.Name; o.About == "" {
			t.Errorf("%s doesn't say what it is for", o.Name)
		}
	}
}

// The bounds of every number are accepted, and what is beyond them is refused with
// its name and what was given.
func TestOptionBounds(t *testing.T) {
	for i := range Options {
		o := &Options[i]
		if !o.IsNumber() {
			continue
		}
		var s Spec
		for _, n := range []int64{o.Low, o.High} {
			if err := o.SetValue(&s, n); err != nil || o.Value(&s) != n {
				t.Errorf("%s %d: %v, got %d", o.Name, n, err, o.Value(&s))
			}
		}
		if err := o.SetValue(&s, o.Low-1); err == nil || !strings.HasPrefix(err.Error(), o.Name+" ") {
			t.Errorf("%s %d: %v", o.Name, o.Low-1, err)
		}
		if o.High == math.MaxInt64 {
			continue
		}
		if err := o.SetValue(&s, o.High+1); err == nil || !strings.Contains(err.Error(), "accepted") {
			t.Errorf("%s %d: %v", o.Name, o.High+1, err)
		}
	}
}

// A choice that a newer build has written is shown by its number.
func TestOptionOfNewer(t *testing.T) {
	s := Spec{OnAway: 9, OnLoss: 200}
	for name, want := range map[string]string{"on-away": "on-away(9)", "on-worker-lost": "on-worker-lost(200)"} {
		if got := OptionNamed(name).Format(&s); got != want {
			t.Errorf("%s is shown as %q, want %q", name, got, want)
		}
	}
}

// What a flag is given comes back as it is shown.
func TestOptionParse(t *testing.T) {
	for name, texts := range map[string][]string{
		"tries": {"7"}, "on-worker-lost": {"wait"}, "run-timeout": {"1m30s"}, "priority": {"-100"}, "hold": {"true"},
		"not-before": {"2026-01-31T12:00:00Z"}, "on-unmet": {"fail"}, "retry-jitter": {"20%"}, "tries-count": {"error,lost"}, "fatal-class": {"a:1", "a:2"},
		"silence-timeout": {"5m"}, "life-timeout": {"1d"}, "on-exhausted": {"hold"}, "label": {"run=7", "who=me"},
		"after": {testID.String() + ":any", otherID.String() + ":ok", testID.String() + ":worker"},
		"where": {"gpu=a100|h100,zone!=b"}, "resource": {"cpu=2", "mem=1.5GiB"}, "prefer": {"zone=a"}, "prefer-for": {"10s"},
	} {
		var s Spec
		o := OptionNamed(name)
		for _, text := range texts {
			if err := o.Parse(&s, text); err != nil {
				t.Errorf("%s %s: %v", name, text, err)
			}
		}
		if got := o.Format(&s); got != strings.Join(texts, "\n") || !o.IsSet(&s) {
			t.Errorf("%s: %q came back as %q", name, texts, got)
		}
	}
}

func TestOptionParseRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"tries=many":           `tries "many": a whole number from 1 to 1000 is accepted`,
		"tries=0":              `tries 0: 1 to 1000 are accepted`,
		"run-timeout=5":        `run-timeout "5": a duration of whole milliseconds, such as 90s, 2h30m or 7d, is accepted`,
		"on-worker-lost=die":   `on-worker-lost "die": default, requeue, wait or fail is accepted`,
		"retry-jitter=101%":    `retry-jitter 101%: 0% to 100% are accepted`,
		"retry-jitter=some":    `retry-jitter "some": a whole number from 0 to 100 is accepted`,
		"tries-count=lost,oom": `tries-count "lost,oom": some of error, timeout, lost are accepted, with a comma between them`,
		"fatal-class=a b":      `fatal-class "a b": printable UTF-8 of at most 255 bytes without spaces is accepted`,
		"on-exhausted=die":     `on-exhausted "die": fail or hold is accepted`,
		"hold=maybe":           `hold "maybe": true or false is accepted`,
		"not-before=tomorrow":  `not-before "tomorrow": RFC 3339 is accepted, such as 2026-01-31T12:00:00Z`,
		"label=run":            `label "run": name=value in printable UTF-8 of at most 255 bytes is accepted, the name without spaces`,
		"after=X":              `after "X": the 26 letters of a task's ULID are accepted, and :ok, any or failed after them`,
		"where=gpu=":           `where "gpu=": term "gpu=": name=value, name=value|value, name!=value, name or !name is accepted`,
		"prefer=,":             `prefer ",": term "": name=value, name=value|value, name!=value, name or !name is accepted`,
		"resource=cpu":         `resource "cpu": name=amount of at most 255 bytes is accepted, as cpu=2 or mem=1.5GiB`,
		"resource=cpu=many":    `resource "cpu=many": amount "many": a number is accepted, with k, M, G, T, Ki, Mi, Gi or Ti after it, with or without B, or m for thousandths`,
		"resource=slots=2":     `resource "slots=2": every attempt takes one of its worker's slots: other names are accepted`,
		"prefer-for=x":         `prefer-for "x": a duration of whole milliseconds, such as 90s, 2h30m or 7d, is accepted`,
	} {
		name, value, _ := strings.Cut(text, "=")
		if err := OptionNamed(name).Parse(new(Spec), value); err == nil || err.Error() != says {
			t.Errorf("%v\nshould be %s", err, says)
		}
	}
	if err := OptionNamed("tries-count").SetValue(new(Spec), 8); err == nil || err.Error() != "tries-count 8: a sum of 1 (error), 2 (timeout) or 4 (lost) is accepted" {
		t.Error(err)
	}
	twice := &Spec{Labels: []string{"a=1"}}
	if err := OptionNamed("label").Parse(twice, "a=2"); err == nil || !reflect.DeepEqual(twice.Labels, []string{"a=1"}) {
		t.Errorf("%v, %v", err, twice.Labels)
	}
}

// Options that don't go together are refused.
func TestOptionRules(t *testing.T) {
	worker := func(id ID) Dependency { return Dependency{id, WantsWorker} }
	for says, s := range map[string]*Spec{
		"retry-delay-max 5s: no less than retry-delay, 10s, is accepted":                      {Tries: 1, RetryDelayMS: 10_000, RetryDelayMaxMS: 5000},
		`prefer "zone=a": only accepted with prefer-for above 0`:                              {Tries: 1, Prefer: "zone=a"},
		"retry-delay-max 1m: only accepted with retry-delay above 0, which it is the most of": {Tries: 1, RetryDelayMaxMS: 60_000},
		"retry-jitter 20%: only accepted with retry-delay above 0, which it is a part of":     {Tries: 1, RetryJitter: 20},
		"prefer-for 1m: only accepted with prefer":                                            {Tries: 1, PreferForMS: 60_000},
		"same-worker-as: 2 tasks: one is accepted":                                            {Tries: 1, After: []Dependency{worker(testID), worker(otherID)}},
		"target: a worker, a service, where, or the same worker as another task is accepted":  {Tries: 1, Target: Target{Kind: ToAny}},
	} {
		if err := CheckOptions(s); err == nil || err.Error() != says {
			t.Errorf("%v\nshould be %s", err, says)
		}
	}
	for _, s := range []*Spec{
		{Tries: 1, Target: Target{Kind: ToAny}, Where: "gpu"},
		{Tries: 1, Target: Target{Kind: ToAny}, After: []Dependency{{testID, WantsDone}, worker(testID)}},
		{Tries: 1, Prefer: "zone=a", PreferForMS: 1},
		{Tries: 1, Target: Target{Kind: ToWorker, Name: "w"}, RetryDelayMS: 10_000},
		{Tries: 1, Target: Target{Kind: ToWorker, Name: "w"}, RetryDelayMS: 10_000, RetryDelayMaxMS: 10_000},
	} {
		if err := CheckOptions(s); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// An option that is given as 0 is another thing than one that is left out, where that
// is more than 0; or else 0 is refused.
func TestOptionGivenAsZero(t *testing.T) {
	lossMax := OptionNamed("loss-max")
	s := Spec{Tries: 1, Target: Target{ToService, "s"}}
	if lossMax.IsSet(&s) || lossMax.Parse(&s, "0") != nil || !lossMax.IsSet(&s) || lossMax.Value(&s) != 0 || lossMax.Format(&s) != "0" || s.LossesAllowed() != 0 {
		t.Errorf("loss-max 0 is %d: %+v", lossMax.Value(&s), s)
	}
	if err := CheckOptions(&s); err != nil {
		t.Error(err)
	}
	row := mustRow(t, nil, &Record{Task: testID, Kind: KindSubmit, Spec: &s})
	if records, err := decodeRow(testID, row); err != nil || !reflect.DeepEqual(records[0].Spec, &s) {
		t.Errorf("%+v came back as %+v, %v", s, records, err)
	}
	if lossMax.LeaveOut(&s); lossMax.IsSet(&s) {
		t.Errorf("left out it is %+v", s)
	}
	for _, name := range []string{"cancel-grace", "keep"} {
		o := OptionNamed(name)
		if err := o.Parse(&s, "0s"); err == nil || err.Error() != name+" 0s: 1ms to 3650d (10 years) are accepted" {
			t.Errorf("%s: %v", name, err)
		}
		if err := o.Check(&s); err != nil {
			t.Errorf("left out: %v", err)
		}
	}
}
