package bolt

import (
	"cmp"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// What is in the log has to go into the tables, also after a crash. So records are held
// against what is there before they are written: nobody is told of a step that a task can't
// have taken.

// stand is how a task stands in a generation that has records of it.
type stand struct {
	edge  bool // it begins there, or ends
	saved bool // it has a checkpoint there
	ended bool
}

// after is how it stands after a record of the kind.
func (s stand) after(k journal.Kind) stand {
	s.ended = k == journal.KindEnd
	s.edge = s.edge || s.ended || k.Begins()
	s.saved = s.saved || k == journal.KindCheckpoint
	return s
}

// checkAhead tells why records can't be committed, and notes what they do.
func (s *Store) checkAhead(records []journal.Record) error {
	asked, err := s.ahead.note(records)
	if err != nil {
		return err
	}
	return s.viewFile(func(f *files, tx *bbolt.Tx) error {
		if err := s.checkEpoch(tx); err != nil {
			return err
		}
		if err := f.takesBody(tx, records); err != nil {
			return err
		}
		if len(asked) == 0 {
			return nil
		}
		now := s.snapshot(f, tx)
		state, err := now.ways.in(bucketState)
		if err != nil {
			return err
		}
		for _, r := range asked {
			if err := now.admits(r, state); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkEpoch tells whether another broker has taken the journal over.
func (s *Store) checkEpoch(tx *bbolt.Tx) error {
	c, err := readCounters(tx)
	if ours := s.metaNow().Epoch; err == nil && c.epoch != ours {
		err = fmt.Errorf("%w: its epoch is %d, ours was %d", journal.ErrFenced, c.epoch, ours)
	}
	return err
}

// note notes what records do to the tasks, as far as the log tells how these stand. It
// returns those of which the tables have to tell: the first of a task, but for a new one
// whose ID is above all others.
func (a *ahead) note(records []journal.Record) (asked []*journal.Record, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range records {
		r := &records[i]
		if r.Kind == journal.KindSetting {
			continue
		}
		now, here := a.now.stand(r.Task)
		at, known := now, here // who is in both generations has its latest here
		if !here {
			at, known = a.before.stand(r.Task)
		}
		switch begins := r.Kind.Begins(); {
		case known && begins:
			return nil, errThere(r.Task)
		case known && at.ended:
			return nil, unknown(r)
		case begins && r.Task.Compare(a.highest) > 0:
			a.highest = r.LastID()
		case !known:
			asked = append(asked, r)
		}
		if after := now.after(r.Kind); after != now || !here {
			a.now.tasks[r.Task] = after
		}
		if r.Spec != nil && r.Spec.Key != "" {
			a.now.keys[r.Spec.Key] = true
		}
	}
	return asked, nil
}

func errThere(id journal.ID) error {
	return fmt.Errorf("submit of task %s: it is there already", id)
}

func unknown(r *journal.Record) error {
	return (&journal.Change{Task: r.Task, Records: []*journal.Record{r}}).Unknown()
}

// admits tells whether the first record of a task fits what the tables have of it. The cursor
// is one of the bucket state.
func (s snapshot) admits(r *journal.Record, state *tree.Cursor) error {
	live, there, err := s.find(r.Task, state)
	switch {
	case err != nil:
		return naming(r.Task, "find", err)
	case r.Kind.Begins() && there:
		return errThere(r.Task)
	case !r.Kind.Begins() && !there:
		return cmp.Or(naming(r.Task, "find", s.miss(s.tx, bucketState, r.Task[:])), unknown(r))
	case !r.Kind.Begins() && !live:
		return unknown(r)
	}
	return nil
}

// find tells whether there is a task, and whether it has not ended.
func (s snapshot) find(id journal.ID, state *tree.Cursor) (live, there bool, err error) {
	row, err := state.Find(id[:])
	if err != nil {
		return false, false, damage(err)
	}
	if row != nil {
		late, err := s.overBase(id)
		live = late.row == nil
		return live, live || !journal.IsEmptySeal(late.row), err
	}
	_, err = s.ended(id)
	if page := (pageError{}); errors.Is(err, journal.ErrNotFound) || errors.As(err, &page) {
		return false, false, nil // as admit has it
	}
	return false, true, err
}
