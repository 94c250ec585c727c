package place

import (
	"testing"

	"bcp/scripts/mutants"
)

// FuzzSelector reads any text as a selector: what is accepted can be matched, and
// each worker matches it or is told what it lacks.
func FuzzSelector(f *testing.F) {
	seeds := mutants.Texts("gpu=a100|h100, zone!=b,!slow", "worker=node1", "!", "a=", "a==b", ",", "")
	offer := &Offer{Worker: "node1", Labels: []string{"gpu=a100", "zone=a"}}
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		s := string(input)
		selector, err := ParseSelector(s)
		if err == nil && selector.Matches(offer) != (selector.Unmet(offer) == "") {
			t.Errorf("%q", s)
		}
	})
}

// FuzzAmount reads any text as an amount: what is accepted is within its bounds, and
// written in a way that reads the same.
func FuzzAmount(f *testing.F) {
	seeds := mutants.Texts("1.5GiB", "500m", "2", "0.001", "1Ti", "99999999999999999999", "1e9", ".", "")
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		s := string(input)
		if n, err := ParseBytes(s); err == nil && n < 0 {
			t.Errorf("%q is %d bytes", s, n)
		}
		a, err := parseAmount(s)
		if err != nil {
			return
		}
		if again, err := parseAmount(a.String()); err != nil || again != a || a <= 0 || a > AmountMax {
			t.Errorf("%q is %d, which is written as %s and read as %d, %v", s, a, a, again, err)
		}
		if _, err := ParseAmounts([]string{"x=" + s}); err != nil && len(s) < 100 {
			t.Errorf("x=%q: %v", s, err)
		}
	})
}
