package journal

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
