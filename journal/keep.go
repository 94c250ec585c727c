package journal

import (
	"fmt"
	"slices"
)

// KeepBodies says of which tasks the body is kept after the end, for as long as
// the task is. The list is append-only: names are flags.
type KeepBodies uint8

const (
	KeepFailed KeepBodies = 1 // of those that failed or were canceled: they can be tried again
	KeepAll    KeepBodies = 2
	KeepNone   KeepBodies = 3
)

var keepBodiesNames = [...]string{KeepFailed: "failed", KeepAll: "all", KeepNone: "none"}

// String returns the word that flags use.
func (k KeepBodies) String() string { return nameOf(keepBodiesNames[:], int(k), "keep-bodies") }

// Keeps tells whether the body of a task that ended in the state is kept.
func (k KeepBodies) Keeps(s State) bool {
	return k == KeepAll || k == KeepFailed && s != Done
}

// ParseKeepBodies reads failed, all or none. The error lists them.
func ParseKeepBodies(name string) (KeepBodies, error) {
	k := slices.Index(keepBodiesNames[:], name)
	if k < int(KeepFailed) {
		return 0, fmt.Errorf("%q: %s is accepted", name, alternatives(keepBodiesNames[KeepFailed:]))
	}
	return KeepBodies(k), nil
}

// Retention is how long what is over is kept: see Store.CommitAndPrune. Times are in
// milliseconds.
type Retention struct {
	NowMS int64 // Unix milliseconds, by the clock that wrote the ends

	EndedMS int64  // from the end, for a task whose end doesn't say how long
	Ended   uint64 // at most so many of these; the first to have ended go first

	// Asked bounds the tasks whose ends say how long: what clients ask for must
	// not fill the disk. In excess of it, the first that are due go before that.
	Asked uint64

	KeysMS int64  // a tombstone, from the moment at which its task was forgotten
	Keys   uint64 // at most so many of these; the oldest go first; 0 for none at all
}

// keepUntilMS returns until when the end keeps its task, 0 if it doesn't say.
func (r *Record) keepUntilMS() int64 {
	if r.KeepMS <= 0 {
		return 0
	}
	return r.Time + r.KeepMS
}
