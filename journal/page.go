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

// Below returns the ID just below another one; the zero ID for itself.
func Below(id ID) ID {
	if id.IsZero() {
		return id
	}
	for i := len(id) - 1; ; i-- {
		id[i]--
		if id[i] != 0xff {
			return id
		}
	}
}
