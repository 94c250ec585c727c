package sim

import "errors"

// planPrune lets pruning become due again and again in this life of the process.
func (p *process) planPrune() {
	if p.w.plan.pruneEvery == 0 {
		return
	}
	p.w.after(p.w.plan.pruneEvery, p.inLife(func() {
		p.pruneDue = true
		p.planPrune()
		p.step()
	}))
}

// prune takes a step of pruning, while what comes in goes on as during a commit.
func (p *process) prune() {
	w := p.w
	p.pruneDue, p.flight = false, &batch{prune: true}
	whole := w.upTo(w.plan.commit)
	w.after(w.upTo(whole), p.inLife(func() {
		if !p.forget() {
			return
		}
		if p.passes("after a step of pruning") {
			w.after(w.upTo(whole), p.inLife(p.land))
		}
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

// forget is the moment at which a step of pruning is on the disk. It tells whether the
// process is still there.
func (p *process) forget() bool {
	r, limit := p.w.plan.retention, 1+p.w.rand.IntN(20)
	r.NowMS = p.instant().WallMS
	n, err := p.store.Prune(p.w.overdo(r), limit)
	p.w.note("broker: forgot %d, at most %d: %v", n, limit, err)
	if errors.Is(err, errCut) {
		p.w.oracle.pruned(&r, false)
		p.crash("with the power")
		return false
	}
	if err != nil {
		p.w.fail("pruning failed: %v", err)
	}
	p.pruneDue = n == limit
	p.w.oracle.pruned(&r, n < limit)
	return true
}
