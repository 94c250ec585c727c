package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
)

// cell measures one thing, in rounds. One that prepares something for all of its rounds does
// that in the first one, and is an io.Closer, which removes it.
type cell interface {
	// measure measures one round and adds its figures to the sheet.
	measure(ctx context.Context, s *sheet) error
}

// kinds are the cells that can be chosen, in the order in which they are measured.
// Those that see a broker from outside alone can measure one of another revision.
var kinds = []struct {
	name, help string
	open       func(o *options) cell
	outside    bool
}{
	{"load", "tasks a second, processor time for each, and the latency of a lone task", newLoadCell, true},
	{"lone", "a lone task beside the commits and round trips that it is made of", newLoneCell, false},
	{"packages", "processor time of the packages client and worker beside that of plain DEALER sockets", newPackagesCell, false},
	{"bodies", "large bodies beside a ROUTER that sends messages of that size back", newBodiesCell, true},
	{"restart", "a start after kill -9, with many tasks that wait, and with ended ones", newRestartCell, false},
	{"idle", "workers that do nothing: the broker's processor time and memory", newIdleCell, true},
	{"orders", "tasks that end apart from each other among many that wait, and in order", newOrdersCell, true},
	{"journal", "the journal alone: many tasks that pass, free pages, ends in random order", newJournalCell, false},
	{againstName, "other brokers with the same work: those of --against", newAgainstCell, true},
	{"core", "the state machine alone: a dispatch, and the heap that a waiting task takes", newCoreCell, false},
}

// cellNames lists the names of all cells.
func cellNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// cellHelp tells of each cell what it measures.
func cellHelp() string {
	var b strings.Builder
	for _, k := range kinds {
		fmt.Fprintf(&b, "\n%-9s %s", k.name, k.help)
	}
	return b.String()
}

// measureAll measures the chosen cells. The rounds go over all of them, so that a
// slow phase of the machine does not fall on one cell alone.
func measureAll(ctx context.Context, o *options) (sheets []*sheet, err error) {
	cells := map[string]cell{}
	defer func() {
		for _, c := range cells {
			if c, prepares := c.(io.Closer); prepares {
				err = errors.Join(err, c.Close())
			}
		}
	}()
	for _, k := range kinds {
		if o.only[k.name] {
			cells[k.name] = k.open(o)
			sheets = append(sheets, &sheet{Cell: k.name})
		}
	}
	for round := range o.rounds {
		for _, s := range sheets {
			progress("round %d of %d: %s", round+1, o.rounds, s.Cell)
			if err := cells[s.Cell].measure(ctx, s); err != nil {
				return nil, fmt.Errorf("%s: %w", s.Cell, err)
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			runtime.GC() // what this cell has left is not the next one's load
		}
	}
	return sheets, nil
}

// chosen reads a list of names of cells. Others are measured against only if they are named.
func chosen(list string) (map[string]bool, error) {
	all := map[string]bool{}
	known := cellNames()
	for name := range strings.SplitSeq(list, ",") {
		ok := name == "all"
		for _, k := range known {
			if k == name || name == "all" && k != againstName {
				all[k], ok = true, true
			}
		}
		if !ok {
			return nil, fmt.Errorf("only %q: all, and %s are accepted", list, strings.Join(known, ", "))
		}
	}
	return all, nil
}
