package place

import "testing"

// FuzzSelector reads any text as a selector: what is accepted can be matched, and
// each worker matches it or is told what it lacks.
func FuzzSelector(f *testing.F) {
	for _, s := range []string{"gpu=a100|h100, zone!=b,!slow", "worker=node1", "!", "a=", "a==b", ",", ""} {
		f.Add(s)
	}
	offer := &Offer{Worker: "node1", Labels: []string{"gpu=a100", "zone=a"}}
	f.Fuzz(func(t *testing.T, s string) {
		selector, err := ParseSelector(s)
		if err == nil && selector.Matches(offer) != (selector.Unmet(offer) == "") {
			t.Errorf("%q", s)
		}
	})
}

// FuzzAmount reads any text as an amount: what is accepted is within its bounds, and
// written in a way that reads the same.
func FuzzAmount(f *testing.F) {
	for _, s := range []string{"1.5GiB", "500m", "2", "0.001", "1Ti", "99999999999999999999", "1e9", ".", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmount(s)
		if err != nil {
			return
		}
		if again, err := ParseAmount(a.String()); err != nil || again != a || a <= 0 || a > AmountMax {
			t.Errorf("%q is %d, which is written as %s and read as %d, %v", s, a, a, again, err)
		}
		if _, err := ParseAmounts([]string{"x=" + s}); err != nil && len(s) < 100 {
			t.Errorf("x=%q: %v", s, err)
		}
	})
}
