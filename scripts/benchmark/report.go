package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
)

// report is all that a run has found.
type report struct {
	Conditions []condition `json:"conditions"`
	Sheets     []*sheet    `json:"sheets"`
	Verdicts   []verdict   `json:"verdicts,omitempty"`
	Charts     []chart     `json:"charts,omitempty"`
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
	if len(r.Verdicts) > 0 {
		b.WriteString("\n" + columns(verdictRows(r.Verdicts)))
	}
	return b.String()
}

// columns shows rows under each other, the first cell of each to the right.
func columns(rows [][]string) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	_ = w.Flush() // a bytes.Buffer takes everything
	return b.String()
}
