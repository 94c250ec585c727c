package sim

// check looks at the running core, now and then, for both are dear: at its
// workers' slots, and whether a restart at this moment would know what it knows.
func (o *oracle) check() {
	if o.w.chance(200) {
		o.checkSlots()
		o.schedule.judgeOverdue()
	}
	if b := o.w.broker; b.flight == nil && b.next.empty() && o.w.chance(20) {
		o.checkReplay()
	}
}

func (o *oracle) checkSlots() {
	b := o.w.broker
	for _, k := range b.core.Workers(b.instant()) {
		if k.Live && k.Busy > k.Slots {
			o.w.fail("worker %s has %d attempts in %d slots", k.Name, k.Busy, k.Slots)
		}
	}
}

// checkReplay compares what a replay gives with what the core has.
func (o *oracle) checkReplay() {
	b := o.w.broker
	live, replayed := b.core.Stats(), b.restored(b.store.Meta()).Stats()
	if live.Pending != replayed.Pending || live.Dispatched != replayed.Dispatched ||
		live.Running != replayed.Running || live.Canceling != replayed.Canceling {
		o.w.fail("replay gives %+v, and the core has %+v", replayed, live)
	}
}
