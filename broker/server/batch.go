package server

import (
	"fmt"
	"time"

	"bcp/broker"
	"bcp/journal"
)

// batch is effects in their order: what is committed together, and what may be
// told once it is.
type batch struct {
	records []journal.Record
	sends   []broker.Send
	waiters []chan<- struct{} // closed once what they saw is durable
	mark    uint64
	taken   int64
	bytes   int
}

// add appends effects, and returns memory that the batch doesn't need.
func (b *batch) add(e broker.Effects) (spare broker.Effects) {
	for i := range e.Records {
		b.bytes += len(e.Records[i].Payload)
	}
	b.mark, b.taken = e.Mark, e.Taken
	b.records, spare.Records = join(b.records, e.Records)
	b.sends, spare.Sends = join(b.sends, e.Sends)
	return spare
}

// join appends, and spares the copy where there is nothing to append to. It returns
// also the one of the two lists that is not in use any more.
func join[T any](to, more []T) (joined, spare []T) {
	if len(to) == 0 {
		return more, to
	}
	return append(to, more...), more
}

func (b *batch) empty() bool {
	return len(b.records) == 0 && len(b.sends) == 0 && len(b.waiters) == 0
}

// landing is what came of a commit.
type landing struct {
	batch  batch // zero for one that only prunes
	pruned int
	room   journal.Room // after it, if that was looked at
	err    error
}

// gather adds the core's effects to the next batch.
func (s *Server) gather() { s.absorb(s.core.Take()) }

func (s *Server) absorb(effects broker.Effects) {
	s.bodies.note(effects.Records)
	s.prune.note(effects.Records)
	s.core.Reuse(s.next.add(effects))
}

// settle moves the effects on until there are none, or they have to wait for the
// commit in flight. Delivering can make new ones: a send may find its peer gone.
// What was decided without what the journal has goes no further.
func (s *Server) settle() error {
	for s.gather(); s.flight == nil && s.archive.failed == nil; s.gather() {
		switch {
		case len(s.alone) > 0:
			s.startAlone()
		case s.prune.due(time.Since(s.started), s.next.empty(), s.space.full):
			s.startPrune()
		case s.next.empty():
			return nil
		case s.commitsBeside():
			s.startCommit(s.takeNext(), s.writeOnly)
		default:
			if err := s.land(s.commit(s.takeNext(), s.writeOnly)); err != nil {
				return err
			}
		}
	}
	return s.archive.failed
}

// commitsBeside tells whether the next batch is committed beside the loop: if it is much,
// or if large payloads are being written. Of those more are ready when it returns, for one
// commit together.
func (s *Server) commitsBeside() bool {
	return len(s.next.records) > inlineMax || s.next.bytes > inlineBytes || len(s.staging.queues) > 0
}

// takeNext empties the next batch.
func (s *Server) takeNext() batch {
	b := s.next
	s.next = batch{}
	return b
}

// writeOnly makes records durable, if there are any, and prunes nothing.
func (s *Server) writeOnly(records []journal.Record) (pruned int, err error) {
	if len(records) == 0 {
		return 0, nil
	}
	return 0, s.store.Commit(records)
}

// commit makes the batch durable by write, which may prune as well.
func (s *Server) commit(b batch, write func([]journal.Record) (int, error)) landing {
	pruned, err := write(b.records)
	if err != nil {
		return landing{err: fmt.Errorf("commit to the journal: %w", err)}
	}
	if len(b.records) == 0 || !s.stale(lookAfter) {
		return landing{batch: b, pruned: pruned}
	}
	room, err := s.store.Room()
	if err != nil {
		return landing{err: fmt.Errorf("look for room for the journal: %w", err)}
	}
	return landing{batch: b, pruned: pruned, room: room}
}

// startCommit commits a batch beside the loop.
func (s *Server) startCommit(b batch, write func([]journal.Record) (int, error)) {
	s.fly(func() landing { return s.commit(b, write) })
}

// fly does beside the loop what nothing else may be committed beside.
func (s *Server) fly(do func() landing) {
	flight := make(chan landing, 1)
	s.flight = flight
	go func() { flight <- do() }()
}

// land takes in what has become durable, and delivers what waited for it.
func (s *Server) land(l landing) error {
	s.flight = nil
	if l.err != nil {
		return l.err
	}
	s.prune.landed(l, time.Since(s.started))
	if l.batch.empty() {
		return nil
	}
	s.core.Committed(l.batch.mark)
	s.settled = l.batch.taken
	if l.room.Watched() || l.room.Lost {
		s.see(l.room, s.settled)
	}
	for _, waiter := range l.batch.waiters {
		close(waiter)
	}
	if err := s.deliver(l.batch.sends); err != nil {
		return err
	}
	s.core.Reuse(broker.Effects{Records: l.batch.records, Sends: l.batch.sends})
	return nil
}
