// Package nojournal is a broker that keeps nothing: the same server with a store
// that throws away what it is given. What it does more than a broker with a journal
// is what the journal costs.
//
//	clients, workers <--ZeroMQ--> server.Server --records--> nowhere
//
// It runs as a process of its own, so that its processor time is told apart.
package nojournal

import (
	"sync"

	"bcp/journal"
)

// store is a journal.Store that keeps nothing but its counters. The server holds
// bodies in its cache until they are dispatched, so there is nothing else to read:
// an empty store in memory answers that.
type store struct {
	journal.Store

	mu   sync.Mutex // guards meta, which readers ask for at any time
	meta journal.Meta
}

func newStore() *store {
	empty := journal.NewMemDisk("no journal").Open()
	return &store{Store: empty, meta: empty.Meta()}
}

// Commit counts what an engine has to count.
func (s *store) Commit(records []journal.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range records {
		r := &records[i]
		switch r.Kind {
		case journal.KindSubmit:
			s.meta.Last = r.LastID()
		case journal.KindEnd:
			s.meta.Ended++
		}
	}
	return nil
}

// CommitAndPrune is Commit: there is nothing to prune.
func (s *store) CommitAndPrune(records []journal.Record, _ journal.Retention, _ int) (forgot int, damage, err error) {
	return 0, nil, s.Commit(records)
}

// Meta implements journal.Store.
func (s *store) Meta() journal.Meta {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meta
}
