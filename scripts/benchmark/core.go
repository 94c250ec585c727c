package main

import (
	"bytes"
	"fmt"
	"text/tabwriter"
	"time"

	"bcp/scripts/benchmark/internal/core"
)

// coreCell is the state machine alone, with so many tasks that wait.
type coreCell struct {
	waiting int
	keys    bool
	rounds  []core.Figures
}

// Numbers of tasks that wait: the dispatch with many of them is compared with that
// with few.
const (
	fewWaiting  = 1_000
	manyWaiting = 1_000_000
)

func newCoreCells() []coreCell {
	return []coreCell{{waiting: fewWaiting}, {waiting: manyWaiting}, {waiting: manyWaiting, keys: true}}
}

func (c *coreCell) measure(dispatches int) {
	c.rounds = append(c.rounds, core.Measure(c.waiting, dispatches, c.keys))
}

func (c *coreCell) dispatchMicros() float64 {
	return median(c.rounds, func(f core.Figures) float64 { return in(time.Microsecond, f.Dispatch) })
}

// coreTable shows the medians of the cells.
func coreTable(cells []coreCell) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "core alone: tasks waiting\tkeys\tus/dispatch\tratio\theap bytes/task\t")
	for i := range cells {
		c := &cells[i]
		keys := "none"
		if c.keys {
			keys = "32 bytes"
		}
		heap := "-" // of few tasks it is that of their services
		if c.waiting == manyWaiting {
			heap = fmt.Sprintf("%.0f", median(c.rounds, func(f core.Figures) float64 { return f.Heap }))
		}
		fmt.Fprintf(w, "%d\t%s\t%.2f\t%.2f\t%s\t\n", c.waiting, keys, c.dispatchMicros(),
			c.dispatchMicros()/cells[0].dispatchMicros(), heap)
	}
	_ = w.Flush() // a bytes.Buffer takes everything
	return b.String()
}
