package sim

import (
	"errors"

	"bcp/journal"
)

// planPrune lets pruning become due again and again in this life of the process: first with
// whatever is committed next, and by itself if nothing was for a while.
func (p *process) planPrune() {
	if p.w.plan.pruneEvery == 0 {
		return
	}
	p.w.after(p.w.plan.pruneEvery, p.inLife(func() {
		p.pruneDue = true
		p.planPrune()
		p.w.after(p.w.plan.pruneEvery/2, p.inLife(func() {
			p.pruneAlone = p.pruneDue
			p.step()
		}))
	}))
}

// compact compacts the journal, between two commits.
func (p *process) compact() {
	if !p.up || p.flight != nil {
		return
	}
	if err := p.disk.compact(); errors.Is(err, errCut) {
		p.crash("with the power")
	} else if err != nil {
		p.w.fail("a compaction failed: %v", err)
	}
}

// record writes a batch, with a step of pruning if one is due, which may be all there is to
// write. No fault damages rows, so that all of them can be pruned.
func (p *process) record(b *batch) error {
	if !b.prune {
		return p.store.Commit(p.w.tamper(b.records))
	}
	p.w.oracle.pruneOwed()
	r, limit := p.w.plan.retention, 1+p.w.rand.IntN(20)
	r.NowMS = p.instant().WallMS
	n, damage, err := p.store.CommitAndPrune(p.w.tamper(b.records), p.w.overdo(r), limit)
	p.w.note("broker: forgot %d, at most %d: %v", n, limit, errors.Join(damage, err))
	if damage != nil {
		p.w.fail("pruning failed: %v", damage)
	}
	p.pruneDue = n >= limit
	p.pruneAlone = p.pruneDue
	if p.w.oracle.keep.owed == nil {
		p.w.oracle.pruned(&r, err == nil && n < limit, func(journal.ID) bool { return false })
	}
	return err
}
