package broker

import (
	"slices"

	"bcp/journal"
	"bcp/journal/place"
)

// Why says what keeps a worker from a task. The names are in the API.
type Why uint8

// What keeps a worker from a task: first what it is, then how it is now.
const (
	Fits         Why = iota // nothing does
	OtherTarget             // the task is for other workers, or other services
	OtherWorker             // the task has to go where another task ran
	Declined                // the worker wants another one to do it
	NoMatch                 // Term doesn't hold for it
	NotPreferred            // likewise, and the task still waits for one that it prefers
	TooSmall                // of Resource it has in all less than the task needs
	Away                    // it is not there
	Draining                // it takes nothing more
	Busy                    // it has no slot free
	Full                    // of Resource it has too little left
	Kept                    // it is kept for a task that needs much of it
)

var whyNames = [...]string{
	Fits: "", OtherTarget: "target", OtherWorker: "other-worker", Declined: "declined", NoMatch: "labels",
	NotPreferred: "not-preferred", TooSmall: "resources", Away: "away", Draining: "draining", Busy: "busy",
	Full: "resources-taken", Kept: "kept",
}

// String returns the name that the API uses, "" for Fits.
func (y Why) String() string { return whyNames[y] }

// WhyNamed returns the one with this name, Fits if there is none.
func WhyNamed(name string) Why { return Why(max(slices.Index(whyNames[:], name), 0)) }

// Lasts tells whether it stays so until the worker registers anew, or the task is changed.
func (y Why) Lasts() bool { return y > Fits && y < Away }

// Obstacle is what keeps a worker from a task, with what does not suffice.
type Obstacle struct {
	Why      Why
	Term     string // of the selector
	Resource string
	Needs    place.Amount // of Resource
	Has      place.Amount // how much of that is left, or there is in all
	Of       place.Amount // in all
}

// Hindrances tells, for each of the tasks that waits for a worker, what keeps all workers
// from it. Tasks for which workers are merely busy are left out.
func (b *Broker) Hindrances(ids []journal.ID) map[journal.ID]Why {
	why := make(map[journal.ID]Why, len(ids))
	seen := make(map[*demand]Why)
	for _, id := range ids {
		t := b.tasks.get(id)
		if t == nil || t.lane == nil {
			continue
		}
		d := t.lane.class.key.demand
		if _, known := seen[d]; !known {
			seen[d] = b.hindrance(d)
		}
		if seen[d] != Fits {
			why[id] = seen[d]
		}
	}
	return why
}

// hindrance tells what keeps the worker from a task that is nearest to taking it;
// Fits if one could, or is only busy.
func (b *Broker) hindrance(d *demand) Why {
	workers := b.eligible(d)
	if len(d.crew.members) > 0 {
		workers = d.crew.workers()
	}
	if len(workers) == 0 && d.key.pinned != "" {
		return Away
	}
	nearest := OtherTarget
	for _, w := range workers {
		why := d.standsIn(w).Why
		if why == Fits || why >= Busy {
			return Fits
		}
		nearest = max(nearest, why)
	}
	return nearest
}

// standsIn tells what keeps a worker from the tasks with the demand now.
func (d *demand) standsIn(w *worker) Obstacle {
	if w.number == 0 && (w.serves(d.key.target) || w.name == d.key.pinned) {
		return Obstacle{Why: Away} // it has not said yet what it has
	}
	if o := d.against(w); o.Why != Fits {
		return o
	}
	switch {
	case !w.live:
		return Obstacle{Why: Away}
	case w.draining:
		return Obstacle{Why: Draining}
	case w.free() <= 0:
		return Obstacle{Why: Busy}
	}
	if r, short := w.left.Short(d.needs); short {
		return Obstacle{Why: Full, Resource: r.Name, Needs: r.Amount, Has: max(w.left.Of(r.Name), 0), Of: w.offer.Resources.Of(r.Name)}
	}
	if !w.room(d.needs) {
		return Obstacle{Why: Kept}
	}
	return Obstacle{}
}
