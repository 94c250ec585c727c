package main

import (
	"context"
	"fmt"

	"bcp/scripts/benchmark/internal/bare"
)

// journalCell is the journal alone, with records as a broker writes them.
type journalCell struct {
	o    *options
	flow *bare.Flow // made in the first round; later rounds find its free pages
}

// Columns of the cell.
const (
	measuredColumn = "measured"
	besideColumn   = "compared with"
	ratioColumn    = "ratio"
)

// Rows of the cell.
const (
	writtenRow = "bytes written for a task, of the last tenth; of the second"
	firstRow   = "us of processor time for a task, of the last tenth; of the first, in which none is forgotten"
	keptRow    = "bytes of the file for a kept task, up to its last page; of a new file with these tasks alone"
)

func passRow(tasks int) string {
	return fmt.Sprintf("us of processor time for a task, of the last tenth of %d; of the second", tasks)
}

func commitsRow(tasks int) string {
	return fmt.Sprintf("us for a commit of 8 records, %d tasks deleted; in a new journal", tasks)
}

func ordersRow(tasks int) string {
	return fmt.Sprintf("tasks/s that end in random order, of %d; in order", tasks)
}

func newJournalCell(o *options) cell { return &journalCell{o: o} }

func (c *journalCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "journal alone"
	for _, step := range []func(*sheet) error{c.pass, c.commits, c.orders} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := step(s); err != nil {
			return err
		}
	}
	return nil
}

// pass lets many tasks pass through a journal that keeps a tenth of them. It takes
// long and leaves what the other rounds need, so it is measured once.
func (c *journalCell) pass(s *sheet) (err error) {
	if c.flow != nil {
		return nil
	}
	progress("   %d tasks pass", c.o.passed)
	if c.flow, err = bare.NewFlow(c.o.dir, c.o.shape.BodySize); err != nil {
		return err
	}
	tenths, err := c.flow.Pass(c.o.passed, c.o.passed/10)
	if err != nil {
		return fmt.Errorf("tasks that pass: %w", err)
	}
	s.note("%d tasks with bodies and results of %d bytes, in commits of %d tasks, two for each; the newest tenth is kept",
		c.o.passed, c.o.shape.BodySize, bare.Wave)
	first, second, last := tenths[0], tenths[1], tenths[len(tenths)-1]
	s.compare(passRow(c.o.passed), last.Micros, second.Micros)
	s.compare(firstRow, last.Micros, first.Micros)
	s.compare(writtenRow, last.Written, second.Written)
	size, fresh, err := c.flow.Sizes()
	if err != nil {
		return err
	}
	kept := float64(c.o.passed / 10)
	s.compare(keptRow, size/kept, fresh/kept)
	if err := c.flow.ForgetAll(); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	return nil
}

func (s *sheet) compare(row string, measured, beside float64) {
	s.add(row, measuredColumn, measured)
	s.add(row, besideColumn, beside)
	s.add(row, ratioColumn, measured/beside)
}

// commits compares a commit in the journal whose tasks were deleted with one in a
// new journal.
func (c *journalCell) commits(s *sheet) error {
	progress("   commits after deletions")
	before, err := bare.NewFlow(c.o.dir, c.o.shape.BodySize)
	if err != nil {
		return err
	}
	defer before.Close()
	fresh, err := before.Commit8()
	if err != nil {
		return err
	}
	after, err := c.flow.Commit8()
	if err != nil {
		return err
	}
	s.compare(commitsRow(c.o.passed), after, fresh)
	return nil
}

// orders compares tasks that end in random order with those that end in the order
// of their submits.
func (c *journalCell) orders(s *sheet) error {
	progress("   ends in random order")
	random, inOrder, err := bare.Orders(c.o.dir, c.o.shape.BodySize, c.o.waiting)
	if err != nil {
		return fmt.Errorf("ends in random order: %w", err)
	}
	s.compare(ordersRow(c.o.waiting), random, inOrder)
	return nil
}

// Close implements io.Closer.
func (c *journalCell) Close() error {
	if c.flow == nil {
		return nil
	}
	return c.flow.Close()
}
