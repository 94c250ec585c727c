package journal

import "sort"

// KeyRange is the clients' keys after one and before another, neither of them among them.
// No key is before "", and Before is "" if there is no end: the zero value is all of them.
type KeyRange struct{ After, Before string }

// Has tells whether a key is in the range.
func (r KeyRange) Has(key string) bool { return r.After < key && (r.Before == "" || key < r.Before) }

// Without returns the ranges without keys, both in their order: a range is divided by each
// that it has.
func Without(ranges []KeyRange, keys []string) (rest []KeyRange) {
	for _, r := range ranges {
		for ; len(keys) > 0 && (r.Before == "" || keys[0] < r.Before); keys = keys[1:] {
			if r.Has(keys[0]) {
				rest = append(rest, KeyRange{After: r.After, Before: keys[0]})
				r.After = keys[0]
			}
		}
		rest = append(rest, r)
	}
	return rest
}

// MaxUnused is how many ranges a store tells of at a time: more than a page of it has keys.
const MaxUnused = 256

// About returns those of the ranges, which are in their order, that are about a key: no more
// than MaxUnused.
func About(ranges []KeyRange, key string) []KeyRange {
	about := sort.Search(len(ranges), func(i int) bool { return ranges[i].After >= key })
	first := max(0, min(about-MaxUnused/2, len(ranges)-MaxUnused))
	return ranges[first:min(first+MaxUnused, len(ranges))]
}

// between returns the ranges between keys in use, which are in their order, about a key.
func between(used []string, key string) (ranges []KeyRange) {
	about := sort.SearchStrings(used, key)
	after := ""
	if first := about - MaxUnused/2; first > 0 {
		after, used = used[first-1], used[first:]
	}
	for _, next := range used[:min(len(used), MaxUnused-1)] {
		ranges = append(ranges, KeyRange{After: after, Before: next})
		after = next
	}
	if len(used) < MaxUnused {
		ranges = append(ranges, KeyRange{After: after})
	}
	return ranges
}
