package view

import "bcp/journal"

// Names of Task.OnUnmet: what becomes of a task when one that it waits
// for ends the other way.
const (
	UnmetCancel = "cancel" // the default
	UnmetFail   = "fail"
)

// unmetName tells what becomes of a task that waits for others, "" for one that
// never did.
func unmetName(s *journal.Spec) string {
	switch {
	case len(s.After) == 0:
		return ""
	case s.FailUnmet:
		return UnmetFail
	}
	return UnmetCancel
}

func dependencyTexts(list []journal.Dependency) []string {
	texts := make([]string, 0, len(list))
	for _, d := range list {
		texts = append(texts, d.String())
	}
	return texts
}
