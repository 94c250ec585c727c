package journal

import "sort"

// KeyRange is the clients' keys after one and before another, neither of them among them.
// No key is before "", and Before is "" if there is no end: the zero value is all of them.
type KeyRange struct{ After, Before string }

// Has tells whether a key is in the range.
func (r KeyRange) Has(key string) bool { return r.After < key && (r.Before == "" || key < r.Before) }

// MaxUnused is how many ranges a store tells of at a time: more than a page of it has keys.
const MaxUnused = 256

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
