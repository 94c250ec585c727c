package main

import (
	"fmt"
	"strings"
)

// report is all that a run has found.
type report struct {
	Conditions []condition `json:"conditions"`
	Sheets     []*sheet    `json:"sheets"`
}

// condition is something that the figures depend on.
type condition struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func (r *report) text() string {
	var b strings.Builder
	for _, c := range r.Conditions {
		fmt.Fprintf(&b, "%-12s %s\n", c.Name, c.Text)
	}
	for _, s := range r.Sheets {
		b.WriteString("\n" + s.text())
	}
	return b.String()
}
