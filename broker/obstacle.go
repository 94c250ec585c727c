package broker

import "bcp/journal/place"

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

// Lasts tells whether it stays so until the worker, or the task, is another.
func (y Why) Lasts() bool { return y > Fits && y < Away }

// Obstacle is what keeps a worker from a task, with what does not suffice.
type Obstacle struct {
	Why      Why
	Term     string // of the selector
	Resource string
	Needs    place.Amount // of Resource; Has is what is left of it, or there is in all
	Has      place.Amount
}

// standsIn tells what keeps a worker from the tasks with the demand now.
func (d *demand) standsIn(w *worker) Obstacle {
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
		return Obstacle{Why: Full, Resource: r.Name, Needs: r.Amount, Has: max(w.left.Of(r.Name), 0)}
	}
	if w.keeps != nil {
		return Obstacle{Why: Kept}
	}
	return Obstacle{}
}
