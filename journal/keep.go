package journal

import (
	"fmt"
	"slices"
	"strings"
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
		return 0, fmt.Errorf("%q: %s is accepted", name, strings.Join(keepBodiesNames[KeepFailed:], ", "))
	}
	return KeepBodies(k), nil
}
