package sim

import (
	"errors"
	"time"
)

// A broker settles its journal's log beside commits. A life has one goroutine, so what happens
// meanwhile happens between the two parts of a settling, each of which is an event: first
// commits go to the other half of the log, and some time later the tables have what is in the
// first one. Who reads that before has to settle it. Some commits come in the middle of the
// second part, see midway.go.

// settleBeside is bolt.Options.Beside.
func (d *powered) settleBeside(turn, bring func() error) {
	d.within(d.w.plan.commit, "a turn of the log", turn, func() {
		d.before, _ = d.generations()
		d.ahead, d.bring = nil, bring
		d.within(d.log.beside, "a settling", bring, func() { d.before = nil })
	})
}

// within does a part of a settling within a time, unless the journal is opened again before,
// and what follows on that.
func (d *powered) within(most time.Duration, what string, part func() error, then func()) {
	s := d.Store
	d.w.after(time.Duration(d.rand.Int64N(int64(most))), func() {
		if d.Store == s {
			d.settlePart(what, part, then)
		}
	})
}

func (d *powered) settlePart(what string, part func() error, then func()) {
	d.w.note("disk: %s, with %d records in the log", what, d.Logged())
	switch err := d.step(what, 2, d.isCut(), part); {
	case errors.Is(err, errCut):
		d.w.broker.crash("with the power")
	case err != nil:
		d.w.fail("%s fails, and the power is on: %v", what, err)
	default:
		then()
	}
}
