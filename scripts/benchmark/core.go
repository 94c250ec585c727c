package main

import (
	"cmp"
	"context"
	"errors"
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

func (c coreCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "core alone: tasks waiting"
	s.note("processor time, the garbage collector's with it, of an end, the dispatch that follows and a submit; 1,024 workers of 16 services each")
	return errors.Join(
		c.compare(ctx, s, backlogs(c.o.waiting), false),
		c.compare(ctx, s, []int{fewWaiting, c.o.waiting}, true),
	)
}

// compare measures numbers of waiting tasks, with keys or without, and compares them
// with the first.
func (c coreCell) compare(ctx context.Context, s *sheet, backlogs []int, keys bool) error {
	few := 0.0
	for _, waiting := range backlogs {
		if ctx.Err() != nil {
			return nil
		}
		f, err := core.Measure(waiting, c.o.dispatches, keys)
		if err != nil {
			return err
		}
		few = cmp.Or(few, c.tell(s, coreRow(waiting, keys), f, few))
		if waiting == c.o.waiting {
			s.add(coreRow(waiting, keys), heapBytes, f.Heap)
		}
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

// tell writes a row, and returns what a dispatch took, in microseconds; few is what one
// among few did, and 0 for that itself.
func (c coreCell) tell(s *sheet, row string, f core.Figures, few float64) float64 {
	micros := in(time.Microsecond, f.Dispatch)
	s.add(row, perDispatch, micros)
	if few > 0 {
		s.add(row, ofFew, micros/few)
	}
	return micros
}

func coreRow(waiting int, keys bool) string {
	if keys {
		return fmt.Sprintf("%d, keys of 32 bytes", waiting)
	}
	return fmt.Sprint(waiting)
}
