package place

import (
	"fmt"
	"strings"
)

// Limits of what a worker offers. It tells all of it in one message, when it registers.
const (
	MaxLabels    = 64
	MaxResources = 32  // of a worker, or of a task
	MaxPair      = 255 // bytes of one name=value
)

// Offer is what a worker offers to tasks.
type Offer struct {
	Worker    string   // its name
	Labels    []string // name=value, each name once
	Resources Amounts  // all that it has, whether attempts have taken of it or not
}

// label returns the value of a label, or the worker's name.
func (o *Offer) label(name string) (value string, found bool) {
	if name == NameWorker {
		return o.Worker, true
	}
	for _, l := range o.Labels {
		if n, v, _ := strings.Cut(l, "="); n == name {
			return v, true
		}
	}
	return "", false
}

// CheckLabels checks the labels of a worker. They must be such that selectors can name them.
// The error says what is accepted.
func CheckLabels(labels []string) error {
	if len(labels) > MaxLabels {
		return fmt.Errorf("%d labels: at most %d are accepted", len(labels), MaxLabels)
	}
	seen := make(map[string]bool, len(labels))
	for _, l := range labels {
		name, value, found := strings.Cut(l, "=")
		switch {
		case !found || len(l) > MaxPair || !nameOK(name) || value == "" || !printable(value) || strings.ContainsAny(value, "=|,"):
			return fmt.Errorf("label %q: name=value is accepted, printable UTF-8 of at most %d bytes without \"|\", \",\" and more of \"=\", the name without spaces and \"!\"", l, MaxPair)
		case name == NameWorker:
			return fmt.Errorf("label %q: the name worker stands for the worker's own name", l)
		case seen[name]:
			return fmt.Errorf("label %q: each name is accepted once", l)
		}
		seen[name] = true
	}
	return nil
}
