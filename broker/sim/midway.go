package sim

import (
	"errors"
	"sync"

	"bcp/journal"
	"bcp/journal/bolt/power"
)

// A commit to the log doesn't wait for a settling, not even while the tables are being written.
// In a life it comes in the middle of that when the disk is told of the transaction: that it is
// about to be written, or that it is durable, which the store doesn't know yet. Where the log is
// settled by a commit, none comes meanwhile.

// midwayEvery is of how many commits that come before a settling one comes in the middle of it.
const midwayEvery = 8

// midway is a disk on which something is done in the middle of a transaction.
type midway struct {
	*power.Disk

	before func() // what is to be done before a transaction is written, nil for nothing
	behind func() // likewise when it is durable
}

// Transacts implements bolt.Disk.
func (d *midway) Transacts(path string) {
	d.Disk.Transacts(path)
	if d.before != nil {
		d.before()
	}
}

// Transacted implements bolt.Disk.
func (d *midway) Transacted(path string, synced bool) {
	d.Disk.Transacted(path, synced)
	if d.behind != nil {
		d.behind()
	}
}

// meets tells whether a commit comes in the middle of a settling: without room in the log it
// would wait for that.
func (d *powered) meets(records []journal.Record) bool {
	_, before := d.generations()
	return before != nil && len(records) > 0 && d.rand.IntN(midwayEvery) == 0 && d.Takes(records)
}

// commitMidway settles what the log was turned for, and commits in the middle of that: or else
// behind it, if there is nothing left to settle.
func (d *powered) commitMidway(records []journal.Record) error {
	where, when := "before that is written", &d.power.before
	if d.rand.IntN(2) == 0 {
		where, when = "when that is durable", &d.power.behind
	}
	commit := sync.OnceValue(func() error { return d.Store.Commit(records) })
	*when = func() {
		_ = commit() // it is told below
		d.w.cover.add("disk", "a commit comes in a settling, "+where)
	}
	err := d.bring()
	*when = nil
	d.before = nil
	return errors.Join(err, commit())
}
