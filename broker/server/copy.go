package server

import (
	"errors"
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
)

// The retry of a task that has ended has a body of its own, for the two are kept for
// different times. A large one is copied beside the loop, like one that came with a
// submit.

// retries lists the tasks that a message asks to be tried again, nil if it asks for something
// else. A zero stands for one whose body need not be copied: it has not ended, or is one of
// many and was tried again before under its new key, as when the message comes again.
func (s *Server) retries(m wire.Message) []journal.ID {
	var tasks []journal.ID
	switch m := m.(type) {
	case *wire.Resolve:
		if m.Verb != wire.ResolveRetry {
			return nil
		}
		id := m.Task
		if id.IsZero() {
			id, _, _ = s.store.ByKey(m.Key) // the core tells what is wrong with it
		}
		tasks = []journal.ID{id}
	case *wire.Change:
		if m.Do == wire.ChangeRetry {
			tasks = s.untried(m)
		}
	}
	for i, id := range tasks {
		if !s.core.HasEnded(id) { // it goes on as it is
			tasks[i] = journal.ID{}
		}
	}
	return tasks
}

func (s *Server) untried(m *wire.Change) []journal.ID {
	tasks := slices.Clone(m.Tasks)
	for i, id := range tasks {
		if key := m.NewKey(id); key != "" {
			if _, known, err := s.store.ByKey(key); known && err == nil {
				tasks[i] = journal.ID{}
			}
		}
	}
	return tasks
}

// copies tells what room the retries of a message want for the large bodies that they copy.
// Those for which there is none beside the others are left out, and a message of many says
// so, for the core to refuse them.
func (s *Server) copies(m wire.Message, retries []journal.ID) (c broker.Claim) {
	change, many := m.(*wire.Change)
	if many && change.Copies == nil {
		change.Copies = make([]wire.BodyCopy, len(change.Tasks))
	}
	for i, id := range retries {
		_, size := s.largeBody(id)
		one := broker.Claim{Tasks: 1, Bytes: size}
		crowded := size > 0 && !s.core.Holds(one, c)
		switch {
		case crowded:
			retries[i] = journal.ID{}
		case size > 0:
			c.Add(one)
		}
		if many {
			change.Copies[i].Crowded = crowded
		}
	}
	return c
}

// largeBody returns the task whose body the retry of a task copies, and the size of that; 0
// if it is small, or there is none. The journal may not have the task's end yet.
func (s *Server) largeBody(id journal.ID) (_ journal.ID, size int) {
	e, err := journal.Find(s.store, id)
	if err == nil && e.Task.Member != nil {
		id = e.Task.Member.Group // members share the body of their whole
		e, err = s.store.Get(id)
	}
	if err != nil || len(e.Records) == 0 || e.Records[0].Size < s.cfg.Core.CopyMin {
		return id, 0
	}
	return id, e.Records[0].Size
}

// copyBodies copies the bodies that these retries ask for, one after another.
func (s *Server) copyBodies(m wire.Message, retries []journal.ID) (err error) {
	switch m := m.(type) {
	case *wire.Resolve:
		m.Copy, err = s.copyBody(retries[0])
	case *wire.Change:
		for i, id := range retries {
			if c := m.Copies[i]; c.Crowded || !c.Stored.IsZero() { // when it was tried before
				continue
			}
			if m.Copies[i], err = s.copyBody(id); err != nil {
				return err
			}
		}
	}
	return err
}

// copyBody copies the body that the retry of a task asks for. If it is damaged, or gone
// meanwhile, the core tells so.
func (s *Server) copyBody(task journal.ID) (c wire.BodyCopy, err error) {
	id, size := s.largeBody(task)
	if size == 0 {
		return c, nil
	}
	body, err := s.store.Body(id)
	switch {
	case errors.Is(err, journal.ErrCorrupt):
		c.Damage = err
		return c, nil
	case errors.Is(err, journal.ErrNotFound):
		return c, nil
	case err != nil:
		return c, err
	}
	c.Stored, err = s.store.Stage(body)
	return c, err
}
