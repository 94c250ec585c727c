package main

import (
	"context"
	"fmt"
	"time"

	"bcp/scripts/benchmark/internal/core"
)

// coreCell is the state machine alone, with few and with many tasks that wait.
type coreCell struct{ o *options }

// fewWaiting is the number of waiting tasks with which a dispatch among many is compared.
const fewWaiting = 1_000

// Columns of the cell.
const (
	perDispatch = "us/dispatch"
	ofFew       = "of that with few"
	heapBytes   = "heap bytes/task"
)

func newCoreCell(o *options) cell { return coreCell{o} }

func (c coreCell) close() error { return nil }

func (c coreCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "core alone: tasks waiting"
	few := c.one(s, fewWaiting, false, 0)
	for _, waiting := range backlogs(c.o.waiting)[1:] {
		if ctx.Err() == nil {
			c.one(s, waiting, false, few)
		}
	}
	if ctx.Err() == nil {
		c.one(s, c.o.waiting, true, few)
	}
	return nil
}

// backlogs are the numbers of tasks that wait, from few on, each ten times as many,
// up to most.
func backlogs(most int) []int {
	all := []int{fewWaiting}
	for n := 10 * fewWaiting; n < most; n *= 10 {
		all = append(all, n)
	}
	return append(all, most)
}

// one measures one number of waiting tasks; few is what a dispatch among few took,
// in microseconds, and 0 for these. What few tasks take of the heap is that of
// their services.
func (c coreCell) one(s *sheet, waiting int, keys bool, few float64) float64 {
	f := core.Measure(waiting, c.o.dispatches, keys)
	row, micros := coreRow(waiting, keys), in(time.Microsecond, f.Dispatch)
	s.add(row, perDispatch, micros)
	if few > 0 {
		s.add(row, ofFew, micros/few)
	}
	if waiting == c.o.waiting {
		s.add(row, heapBytes, f.Heap)
	}
	return micros
}

func coreRow(waiting int, keys bool) string {
	if keys {
		return fmt.Sprintf("%d, keys of 32 bytes", waiting)
	}
	return fmt.Sprint(waiting)
}
