package main

import "bcp/journal"

// tell shows what has been done so far, on a terminal alone.
func (p *progress) tell(done string, at int64) {
	if p.bar == nil {
		return
	}
	p.bar.Describe(done)
	_ = p.bar.Set64(at) // a bar that can't be drawn is no error of the job
}

// copied shows how much is written.
func (p *progress) copied(c journal.Copied) {
	if p.bar == nil {
		return
	}
	if p.bar.GetMax64() != c.Total {
		p.bar.Reset() // of what came before
		p.bar.ChangeMax64(c.Total)
	}
	p.tell("written "+journal.SizeText(c.Bytes), min(c.Bytes, c.Total))
}

// checked shows how much is verified.
func (p *progress) checked(c journal.Checked) {
	p.tell("verified "+count(int(c.Entries), "row"), int64(c.Entries))
}

// over takes the bar away.
func (p *progress) over() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
