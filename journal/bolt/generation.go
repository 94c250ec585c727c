package bolt

import (
	"bcp/journal"
	"bcp/journal/bolt/wal"
)

// generation is what commits have written to one half of the log, kept in memory until it is
// settled: then all of it is brought into the tables in one transaction.
type generation struct {
	records []journal.Record
	entries []byte // that were written; the records refer to them
	last    wal.ID // of the last

	n     int  // records that are committed
	much  bool // they have taken much of the log
	tasks map[journal.ID]stand
	keys  map[string]bool // that were submitted

	pruning pruning
}

func newGeneration() *generation {
	return &generation{tasks: map[journal.ID]stand{}, keys: map[string]bool{}}
}

// empty makes a generation one that has nothing, in the same memory.
func (g *generation) empty() *generation {
	clear(g.records)
	clear(g.tasks)
	clear(g.keys)
	*g = generation{records: g.records[:0], entries: g.entries[:0], tasks: g.tasks, keys: g.keys}
	if cap(g.entries) > arenaMax {
		g.entries = nil
	}
	return g
}

// encode appends an entry with the records, and the records themselves, which refer to it.
// Nobody else sees them before the generation has committed them.
func (g *generation) encode(records []journal.Record, id wal.ID) (entry []byte) {
	start := len(g.entries)
	g.entries = wal.Begin(g.entries)
	for i := range records {
		g.records = append(g.records, records[i])
		g.entries = journal.AppendLogged(g.entries, &g.records[len(g.records)-1])
	}
	entry = g.entries[start:]
	wal.Seal(entry, id)
	return entry
}

// forget takes back what encode has appended.
func (g *generation) forget(entry []byte) {
	g.entries = g.entries[:len(g.entries)-len(entry)]
	clear(g.records[g.n:])
	g.records = g.records[:g.n]
}

// commit takes in that all its records are durable, up to an entry.
func (g *generation) commit(last wal.ID, much bool) { g.n, g.last, g.much = len(g.records), last, much }

// stand tells how a task stands in the generation, if there is one that has records of it.
func (g *generation) stand(id journal.ID) (at stand, has bool) {
	if g != nil {
		at, has = g.tasks[id]
	}
	return at, has
}
