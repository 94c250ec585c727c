package sim

// A twin is a second process of a worker, under the same name: somebody has started
// it twice, or the first one was taken for dead. Only one of them has the name at a
// time; the other one may have attempts that it doesn't know to be given up, and what
// was on its way to it still arrives.

// twinWorker starts a second process of a worker, for a while.
func (w *world) twinWorker() {
	if w.twin != nil && w.twin.up {
		return
	}
	of := pick(w, w.workers)
	if of.gone {
		return
	}
	w.twin = &worker{actor: actor{w: w, name: of.name}, services: of.services, slots: of.slots, offer: of.offer}
	w.twin.after = w.twin.pump
	w.twin.live()
	w.after(w.upTo(2*w.longTime()), w.twin.vanish)
	if w.chance(500) {
		of.freeze(w.longTime())
	}
}

// vanish ends a twin for good.
func (k *worker) vanish() {
	if k.up {
		if k.s.Registered() {
			k.w.cover.add("twin", "has the name")
		} else {
			k.w.cover.add("twin", "has not the name")
		}
		k.gone = true
		k.die(0)
	}
}
