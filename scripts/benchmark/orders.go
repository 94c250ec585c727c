package main

import (
	"context"
	"fmt"
	"time"

	"bcp/scripts/benchmark/internal/lean"
)

// ordersCell is a broker with many tasks that wait, until none is left: they end in the
// order of their submits, or lie apart from those that end before and after them.
type ordersCell struct{ o *options }

// Columns of the cell; those of mixed tasks are named so.
const (
	mixedSecond = "mixed, tasks/s"
	mixedTime   = "mixed, broker us/task"
	ofOrders    = "tasks/s, of those in order"
)

func newOrdersCell(o *options) cell { return ordersCell{o} }

func (c ordersCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "tasks that wait, workers"
	s.note("from the workers' start until all have ended and the clients were told; mixed: each has one of all priorities at random")
	progress("   %d tasks in order", c.o.waiting)
	ordered, err := c.one(ctx, false)
	if err != nil {
		return fmt.Errorf("in order: %w", err)
	}
	progress("   %d tasks mixed", c.o.waiting)
	mixed, err := c.one(ctx, true)
	if err != nil {
		return fmt.Errorf("mixed: %w", err)
	}
	row := mixedRow(c.o.waiting, c.o.fleet)
	s.add(row, perSecond, ordered.perSecond)
	s.add(row, brokerTime, in(time.Microsecond, ordered.perTask))
	s.add(row, mixedSecond, mixed.perSecond)
	s.add(row, mixedTime, in(time.Microsecond, mixed.perTask))
	s.add(row, ofOrders, mixed.perSecond/ordered.perSecond)
	return nil
}

func mixedRow(waiting, workers int) string { return fmt.Sprintf("%d, %d", waiting, workers) }

// one measures one broker.
func (c ordersCell) one(ctx context.Context, mixed bool) (measurement, error) {
	return withDaemon(ctx, c.o.dir, c.o.brokerCommand, func(d *daemon) (measurement, error) {
		marks := newMarks(d)
		if err := lean.Backlog(c.o.shapeOf(d.address, c.o.fleet), c.o.waiting, mixed, marks.add); err != nil {
			return measurement{}, err
		}
		return marks.measurement()
	})
}
