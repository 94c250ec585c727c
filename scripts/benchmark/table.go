package main

import (
	"bytes"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one line of the table: a cell with its rounds.
type row struct {
	kind    string
	workers int
	rounds  []measurement
}

func newRows(o options) []row {
	var rows []row
	for _, kind := range o.kinds {
		for _, workers := range o.workers {
			rows = append(rows, row{kind: kind, workers: workers})
		}
	}
	return rows
}

func (r *row) add(m measurement) { r.rounds = append(r.rounds, m) }

func (r *row) median(figure func(measurement) float64) float64 { return median(r.rounds, figure) }

// median returns the median of a figure over the rounds.
func median[T any](rounds []T, figure func(T) float64) float64 {
	values := make([]float64, len(rounds))
	for i, m := range rounds {
		values[i] = figure(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func in(unit, d time.Duration) float64 { return float64(d) / float64(unit) }

// table shows the medians of all rows.
func table(rows []row) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "peers\tworkers\ttasks/s\tbroker us/task\tpeers us/task\tlone p50 ms\tlone p99 ms\t")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%.1f\t%.1f\t%.2f\t%.2f\t\n",
			r.kind, r.workers,
			r.median(func(m measurement) float64 { return m.perSecond }),
			r.median(func(m measurement) float64 { return in(time.Microsecond, m.perTask) }),
			r.median(func(m measurement) float64 { return in(time.Microsecond, m.perPeers) }),
			r.median(func(m measurement) float64 { return in(time.Millisecond, m.p50) }),
			r.median(func(m measurement) float64 { return in(time.Millisecond, m.p99) }))
	}
	_ = w.Flush() // a bytes.Buffer takes everything
	return b.String()
}
