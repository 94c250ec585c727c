package sim

import "bcp/journal"

// disk is what the process keeps its journal on. It outlives the process.
type disk interface {
	// open begins a new epoch.
	open() store
	// died takes in that the process is gone: in good order, or as it stood.
	died(inOrder bool)
	// blobs returns how many payloads there are apart, once those are removed that
	// nothing refers to any more.
	blobs() int
	// unfolded returns how many tasks that have ended may have their bodies there still.
	unfolded() int
	// compact has the journal's file made anew, without what is free in it.
	compact() error
	// settle brings into the tables what is in the log alone, with the pruning that is still to
	// come, and returns what this has forgotten.
	settle(journal.Retention) int
	// remove ends the disk.
	remove()
}

// store is a journal's, which can fail. It reads only what is committed, also while
// the process is away.
type store interface {
	journal.Store
	// FailNext makes the next Commit fail with an unknown outcome, which may be this one.
	FailNext(journal.Fault)
}

// memory is a disk on which what is committed is there as a whole, or not at all.
type memory struct{ *journal.MemDisk }

func (m memory) open() store                  { return m.Open() }
func (m memory) died(bool)                    {}
func (m memory) blobs() int                   { return m.Blobs() }
func (m memory) unfolded() int                { return 0 }
func (m memory) compact() error               { return nil }
func (m memory) settle(journal.Retention) int { return 0 }
func (m memory) remove()                      {}
