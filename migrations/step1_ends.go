package migrations

import (
	"slices"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// indexEnds enters every task that has ended into the index ends. One whose row
// cannot be read is left out: it is never pruned.
func indexEnds(tx *bbolt.Tx) error {
	var stamps []Stamp
	err := tx.Bucket([]byte("done")).ForEach(func(key, row []byte) error {
		var id journal.ID
		if copy(id[:], key) != len(id) || len(key) != len(id) {
			return nil
		}
		if e, err := journal.DecodeEntry(id, row); err == nil {
			stamps = append(stamps, NewStamp(e.Task.EndedMS, id))
		}
		return nil
	})
	if err != nil {
		return err
	}
	// In order, or else each would have to make room for itself among the others.
	slices.SortFunc(stamps, func(a, b Stamp) int { return slices.Compare(a[:], b[:]) })
	ends := tx.Bucket([]byte(Ends))
	ends.FillPercent = 0.9
	for i := range stamps {
		if err := ends.Put(stamps[i][:], nil); err != nil {
			return err
		}
	}
	return nil
}
