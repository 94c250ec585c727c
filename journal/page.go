package journal

import "errors"

// PageLimit returns how many tasks one Scan of the range reads at most.
func (r Range) PageLimit() int {
	if r.Limit <= 0 || r.Limit > DefaultScanLimit {
		return DefaultScanLimit
	}
	return r.Limit
}

// Scanner is the part of a Store that reads by the page.
type Scanner interface {
	Scan(r Range, fn func(Entry) error) (more bool, err error)
}

// Passable tells whether one may go on behind an error of Scan, or after none: what is damaged
// was passed over.
func Passable(err error) bool { return err == nil || errors.Is(err, ErrCorrupt) }
