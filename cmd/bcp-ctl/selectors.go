package main

import (
	"fmt"

	"bcp/journal"
	"bcp/journal/place"
)

// checkSelectors refuses a selector such as gpu>3: the broker takes that for the name of a
// label, and the task would wait for ever. The dashes are those of flags.
func checkSelectors(s *journal.Spec, dashes string) error {
	for _, given := range [][2]string{{"where", s.Where}, {"prefer", s.Prefer}} {
		if term := place.Comparison(given[1]); term != "" {
			return fmt.Errorf("%s%s %q: term %q: labels are not compared by < or >: %s is accepted, and %sresource name=amount for so much of something",
				dashes, given[0], given[1], term, place.Terms, dashes)
		}
	}
	return nil
}
