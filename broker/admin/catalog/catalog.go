package catalog

import (
	"cmp"
	"fmt"
	"io"

	"bcp/journal"
)

// pageSize is how many tasks one read transaction takes in: few enough that a
// broker that shares the processor isn't kept waiting, about a millisecond.
const pageSize = 200

// Journal has the methods of journal.Store that a Catalog uses.
type Journal interface {
	Get(journal.ID) (journal.Entry, error)
	BodyOrBlob(journal.ID) ([]byte, journal.Blob, error)
	ResultOrBlob(journal.ID) ([]byte, journal.Blob, error)
	OpenBlob(journal.Blob) (io.ReadCloser, error)
	Tombstone(journal.ID) (journal.Tombstone, error)
	ByKey(key string) (journal.ID, bool, error)
	Scan(journal.Range, func(journal.Entry) error) (more bool, err error)
	Meta() journal.Meta
}

// Catalog finds tasks in a journal. It has no state of its own.
type Catalog struct{ journal Journal }

// New returns a catalog of the journal.
func New(j Journal) Catalog { return Catalog{journal: j} }

// walk calls fn for the tasks of a range until fn says that it has enough.
// Range.Limit is set here. What is damaged is passed over, and the first of it is told in the end.
func (c Catalog) walk(r journal.Range, fn func(*journal.Entry) (enough bool, err error)) (damage error) {
	r.Limit = pageSize
	page := make([]journal.Entry, 0, pageSize)
	for {
		page = page[:0]
		more, err := c.journal.Scan(r, func(e journal.Entry) error {
			page = append(page, e)
			return nil
		})
		if !journal.Passable(err) {
			return fmt.Errorf("scan the journal: %w", err)
		}
		if err != nil && damage == nil {
			damage = fmt.Errorf("scan the journal: %w", err)
		}
		for i := range page {
			r.After = page[i].Task.ID
			if enough, err := fn(&page[i]); enough || err != nil {
				return cmp.Or(err, damage)
			}
		}
		if !more {
			return damage
		}
		if len(page) == 0 {
			return fmt.Errorf("scan the journal: %w: an empty page that is not the last", journal.ErrCorrupt)
		}
	}
}
