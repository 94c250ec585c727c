package sim

import "bcp/journal"

// A disk that is full: new tasks are refused, and what was accepted goes on.

// fillDisk lets the broker's disk be full for a while, also over its restarts.
func (w *world) fillDisk() {
	w.note("disk: full")
	w.broker.setRoom(journal.Room{Reserve: 1})
	w.after(w.upTo(w.longTime()), w.freeDisk)
}

// freeDisk lets there be as much room as anybody wants.
func (w *world) freeDisk() { w.broker.setRoom(journal.Room{}) }

func (p *process) setRoom(r journal.Room) {
	p.room = r
	if p.up {
		p.core.Room(r, 0)
	}
}
