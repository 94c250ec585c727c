package journal

import (
	"strings"
	"testing"
)

// A limit is kept as words, and read from them again.
func TestLimitAsSetting(t *testing.T) {
	for value, l := range map[string]Limit{
		"running=10":                         {Scope: LimitKey, Name: "a/b", Running: 10},
		"rate=2.5 burst=3":                   {Scope: LimitService, Name: "hash", Rate: 2500, Burst: 3},
		"running=1000000 rate=0.001 burst=1": {Scope: LimitService, Name: "hash", Running: 1_000_000, Rate: 1, Burst: 1},
		"":                                   {Scope: LimitClient, Name: "anna"},
	} {
		if got := l.Value(); got != value || l.Set() != (value != "") {
			t.Errorf("%+v is kept as %q, set: %t", l, got, l.Set())
		}
		got, ok, err := ParseLimit(&Setting{Name: l.SettingName(), Value: value})
		if got != l || !ok || err != nil {
			t.Errorf("%q is read as %+v, %t, %v; want %+v", value, got, ok, err, l)
		}
	}
	if _, ok, err := ParseLimit(&Setting{Name: "something/else", Value: "?"}); ok || err != nil {
		t.Errorf("another setting: %t, %v", ok, err)
	}
	for _, s := range []Setting{
		{Name: "limit/hash"},
		{Name: "limit/worker/w"},
		{Name: "limit/key/"},
		{Name: "limit/key/db", Value: "running"},
		{Name: "limit/key/db", Value: "running=x"},
		{Name: "limit/key/db", Value: "other=1"},
	} {
		if l, _, err := ParseLimit(&s); err == nil {
			t.Errorf("%+v is read as %+v", s, l)
		}
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]Rate{"10": 10_000, "2.5": 2500, "0.001": 1, "1000000": RateMax, "0": 0, "007.100": 7100} {
		if got, err := ParseRate(text); got != want || err != nil {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", ".", ".5", "1.", "1.2345", "-1", "+1", "1e3", "1000000.001", "99999999999999999999", "1,5", " 1", "NaN"} {
		if got, err := ParseRate(text); err == nil || !strings.Contains(err.Error(), "is accepted") {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	for n, want := range map[float64]Rate{2.5: 2500, 0.0004: 0, 0.0006: 1, -3: 0, 1e12: RateMax} {
		if got := PerSecond(n); got != want {
			t.Errorf("%v a second is %d; want %d", n, got, want)
		}
	}
}

func TestLimitKey(t *testing.T) {
	for key, want := range map[string]uint32{"db": 0, "db=3": 3, "db=1000000": 1_000_000, "a:b": 0} {
		if name, n := ParseLimitKey(key); n != want || !strings.HasPrefix(key, name) || checkLimitKey(key) != nil {
			t.Errorf("%q is %q, %d, %v", key, name, n, checkLimitKey(key))
		}
	}
	for _, key := range []string{"", "=", "=3", "db=", "db=0", "db=-1", "db=1000001", "db=x", "a b", "a\n", strings.Repeat("k", 256)} {
		if err := checkLimitKey(key); err == nil {
			t.Errorf("%q is accepted", key)
		}
	}
}
