package wire

import (
	"maps"
	"slices"
	"strings"

	"bcp/journal"
)

// CheckPairs checks a list of name=value: at most limit of them, and each name once. What is
// the word for one of them in the error.
func CheckPairs(what string, pairs []string, limit int) *Error {
	if len(pairs) > limit {
		return Errorf(CodeBadOption, "%d %ss: at most %d are accepted", len(pairs), what, limit)
	}
	for i, p := range pairs {
		if err := journal.CheckPair(p); err != nil {
			return Errorf(CodeBadOption, "%s %q: %v", what, p, err)
		}
		name, _, _ := strings.Cut(p, "=")
		for _, before := range pairs[:i] {
			if strings.HasPrefix(before, name+"=") {
				return Errorf(CodeBadOption, "%s %q: each name is accepted once", what, p)
			}
		}
	}
	return nil
}

// Pairs returns the entries of a map as name=value, in order of name.
func Pairs(m map[string]string) []string {
	if len(m) == 0 {
		return nil
	}
	list := make([]string, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, name+"="+m[name])
	}
	return list
}

// PairMap is the inverse of Pairs. It is empty, and not nil, for no pairs.
func PairMap(pairs []string) map[string]string {
	m := make(map[string]string, len(pairs))
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		m[name] = value
	}
	return m
}
