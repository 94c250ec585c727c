package wire

import (
	"math"
	"slices"
	"testing"
)

// TestCountedKeys has keys of one client be in the order of their numbers.
func TestCountedKeys(t *testing.T) {
	numbers := []uint64{0, 1, 8, 9, 10, 11, 99, 100, 101, 999, 1000, 12345, 99999, 100000, math.MaxUint32, math.MaxUint64 - 1, math.MaxUint64}
	var keys []string
	for _, n := range numbers {
		keys = append(keys, string(AppendCountedKey(nil, "c", n)))
	}
	if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
		t.Errorf("keys are not in the order of their numbers: %q", keys)
	}
	if want := "c/e12345"; !slices.Contains(keys, want) {
		t.Errorf("no key is %q: %q", want, keys)
	}
}
