package main

import (
	"context"
	"fmt"
	"strconv"
)

// packagesCell compares the processor time of the Go packages client and worker with
// that of plain DEALER sockets which send and receive as many messages.
type packagesCell struct{ o *options }

// Columns of the cell.
const (
	dealerTime = "DEALER us/4 messages each way"
	ofDealer   = "share of that"
)

func newPackagesCell(o *options) cell { return packagesCell{o} }

func (c packagesCell) measure(ctx context.Context, s *sheet) error {
	s.Head = "packages client and worker, workers"
	s.note("processor time of the peers' process; a task's client and worker send four messages and receive four; as many DEALER sockets as workers do so with an echo, half of the time before and half behind")
	before, err := c.dealer(ctx)
	if err != nil {
		return err
	}
	m, err := runLoad(ctx, c.o, "go", c.o.fleet, c.o.brokerCommand)
	if err != nil {
		return err
	}
	behind, err := c.dealer(ctx)
	if err != nil {
		return err
	}
	dealer := (before + behind) / 2
	row := fmt.Sprint(c.o.fleet)
	m.addTo(s, row)
	s.add(row, dealerTime, dealer)
	s.add(row, ofDealer, s.last(row, peersTime)/dealer)
	return nil
}

// dealer returns the processor time of four messages each way, in microseconds.
func (c packagesCell) dealer(ctx context.Context) (micros float64, err error) {
	path, err := c.o.tools.tool(ctx, "dealer")
	if err != nil {
		return 0, err
	}
	return withEcho(ctx, c.o, func(d *daemon) (micros float64, err error) {
		out, err := output(ctx, path, d.address, strconv.Itoa(c.o.fleet), (c.o.warm / 2).String(), (c.o.load / 2).String())
		if err != nil {
			return 0, err
		}
		_, err = fmt.Sscan(out, &micros)
		return micros, err
	})
}
