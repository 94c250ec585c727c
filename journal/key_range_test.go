package journal

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// Each key that a range has divides it; others leave it as it is.
func TestWithout(t *testing.T) {
	for name, c := range map[string]struct {
		ranges []KeyRange
		keys   []string
		want   []KeyRange
	}{
		"nothing":            {nil, []string{"a"}, nil},
		"no keys":            {[]KeyRange{{"a", "c"}}, nil, []KeyRange{{"a", "c"}}},
		"all of them":        {[]KeyRange{{}}, []string{"b"}, []KeyRange{{"", "b"}, {"b", ""}}},
		"the empty key":      {[]KeyRange{{"", "b"}}, []string{""}, []KeyRange{{"", "b"}}},
		"one within":         {[]KeyRange{{"a", "c"}}, []string{"b"}, []KeyRange{{"a", "b"}, {"b", "c"}}},
		"its own ends":       {[]KeyRange{{"a", "c"}}, []string{"a", "c"}, []KeyRange{{"a", "c"}}},
		"some around":        {[]KeyRange{{"b", "d"}}, []string{"a", "c", "e"}, []KeyRange{{"b", "c"}, {"c", "d"}}},
		"between two ranges": {[]KeyRange{{"a", "c"}, {"e", ""}}, []string{"d", "f"}, []KeyRange{{"a", "c"}, {"e", "f"}, {"f", ""}}},
		"at where two touch": {[]KeyRange{{"a", "c"}, {"c", "e"}}, []string{"c", "d"}, []KeyRange{{"a", "c"}, {"c", "d"}, {"d", "e"}}},
		"one twice":          {[]KeyRange{{"", ""}}, []string{"b", "b", "c"}, []KeyRange{{"", "b"}, {"b", "c"}, {"c", ""}}},
	} {
		keys := slices.Clone(c.keys)
		if got := Without(c.ranges, keys); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if !slices.Equal(keys, c.keys) {
			t.Errorf("%s: the keys were changed to %q", name, keys)
		}
	}
}

// A key is in the rest if it is in the ranges, and not among the keys.
func TestWithoutIsWhatIsLeft(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	draw := func() string { return fmt.Sprintf("%02d", source.IntN(40)) }
	for range 2000 {
		ranges, keys := drawRanges(source, draw), make([]string, source.IntN(12))
		for i := range keys {
			keys[i] = draw()
		}
		slices.Sort(keys)
		rest := Without(ranges, keys)
		for i := 1; i < len(rest); i++ {
			if rest[i-1].Before == "" || rest[i-1].Before > rest[i].After {
				t.Fatalf("%v without %q: %v is not in its order", ranges, keys, rest)
			}
		}
		for n := range 400 { // also what is between those that are drawn
			key := fmt.Sprintf("%02d%d", n/10, n%10)[:2+n%2]
			if want := hasKey(ranges, key) && !slices.Contains(keys, key); hasKey(rest, key) != want {
				t.Fatalf("%v without %q is %v: it has %q: %v", ranges, keys, rest, key, !want)
			}
		}
	}
}

// drawRanges draws ranges, in their order, some of which touch; the last may have no end.
func drawRanges(source *rand.Rand, draw func() string) (ranges []KeyRange) {
	ends := []string{draw(), draw(), draw(), draw(), draw(), draw()}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	if source.IntN(2) == 0 {
		ends[0] = ""
	}
	for i := 0; i+1 < len(ends); i += 1 + source.IntN(2) {
		ranges = append(ranges, KeyRange{ends[i], ends[i+1]})
	}
	if source.IntN(2) == 0 {
		ranges = append(ranges, KeyRange{After: ends[len(ends)-1]})
	}
	return ranges
}

func hasKey(ranges []KeyRange, key string) bool {
	return slices.ContainsFunc(ranges, func(r KeyRange) bool { return r.Has(key) })
}

// Of many ranges those are told of that are about a key.
func TestAbout(t *testing.T) {
	keyOf := func(n int) string { return fmt.Sprintf("%05d", n) }
	for _, count := range []int{0, 1, MaxUnused, MaxUnused + 1, 5000} {
		keys := make([]string, count)
		for n := range keys {
			keys[n] = keyOf(2 * n)
		}
		ranges := Without([]KeyRange{{}}, keys)
		for _, n := range []int{1, 2, count, 2*count - 1, 2*count + 1} {
			got := About(ranges, keyOf(n))
			if want := min(len(ranges), MaxUnused); len(got) != want {
				t.Errorf("of %d ranges about %d: %d", len(ranges), n, len(got))
			}
			if used := slices.Contains(keys, keyOf(n)); hasKey(got, keyOf(n)) == used {
				t.Errorf("of %d ranges about %d: %v", len(ranges), n, got)
			}
		}
	}
}
