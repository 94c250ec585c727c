package journal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oklog/ulid/v2"
)

// Wants says which end of one task another one waits for. The list is
// append-only: numbers are on disk and on the wire.
type Wants uint8

const (
	WantsDone    Wants = 1 // that it ends well
	WantsEnd     Wants = 2 // that it ends
	WantsFailure Wants = 3 // that it fails or is canceled
	WantsWorker  Wants = 4 // that it has a worker, to run on the same one
)

var wantsNames = [...]string{WantsDone: "ok", WantsEnd: "any", WantsFailure: "failed", WantsWorker: "worker"}

// String returns the word that flags and the API use.
func (w Wants) String() string { return nameOf(wantsNames[:], int(w), "wants") }

// MetBy tells whether a task that ended in the state is what was waited for. A
// worker is not waited for any more then.
func (w Wants) MetBy(s State) bool {
	switch w {
	case WantsDone:
		return s == Done
	case WantsEnd:
		return s.Ended()
	case WantsFailure:
		return s == Failed || s == Canceled
	}
	return false
}

// Dependency is a task that another one waits for.
type Dependency struct {
	Task  ID
	Wants Wants
}

// metBy tells whether the record, a KindMet, is about the dependency.
func (d Dependency) metBy(r *Record) bool {
	return d.Task == r.Other && (d.Wants == WantsWorker) == (r.Worker != "")
}

// String returns ID:ok, ID:any, ID:failed or ID:worker.
func (d Dependency) String() string { return d.Task.String() + ":" + d.Wants.String() }

// endsAccepted are the words for ends that can be waited for.
var endsAccepted = alternatives(wantsNames[WantsDone:WantsWorker])

// ParseDependency reads ID, ID:ok, ID:any, ID:failed or ID:worker; ID alone means ok. The
// error says what is accepted.
func ParseDependency(s string) (Dependency, error) {
	id, word, given := strings.Cut(s, ":")
	task, err := ulid.ParseStrict(id)
	if err != nil {
		return Dependency{}, fmt.Errorf("the 26 letters of a task's ULID are accepted, and :%s after them", endsAccepted)
	}
	if !given {
		return Dependency{task, WantsDone}, nil
	}
	w := slices.Index(wantsNames[:], word)
	if w < int(WantsDone) {
		return Dependency{}, fmt.Errorf("%s is accepted after the task's ID; worker stands for same-worker-as", endsAccepted)
	}
	return Dependency{task, Wants(w)}, nil
}

func checkDependency(text string) error {
	_, err := ParseDependency(text)
	return err
}

func dependencyTexts(list []Dependency) []string {
	if len(list) == 0 {
		return nil
	}
	texts := make([]string, len(list))
	for i, d := range list {
		texts[i] = d.String()
	}
	return texts
}

func parseDependencies(texts []string) ([]Dependency, error) {
	var list []Dependency
	for _, text := range texts {
		d, err := ParseDependency(text)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}
