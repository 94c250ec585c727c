package bolt

import (
	"errors"
	"fmt"
	"math"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Prune implements journal.Store. It returns 0 also when it has looked only at
// tasks that are kept: the next call goes on behind them. A damaged row is
// left where it is; the error names it, and the store goes on.
func (s *Store) Prune(endedBeforeMS int64, keep uint64, limit int) (int, error) {
	ended := s.Meta().Ended
	excess := ended - min(ended, keep)
	if s.failed == nil && excess == 0 && !s.pruner.due(endedBeforeMS) {
		return 0, nil
	}
	var victims []victim
	damage := s.view(func(tx *bbolt.Tx) (err error) {
		victims, err = s.pruner.choose(tx, excess, endedBeforeMS, limit)
		return err
	})
	if len(victims) == 0 && s.failed == nil {
		return 0, damage
	}
	if err := s.update(func(w *writer) error { return w.forget(victims) }); err != nil {
		return 0, fmt.Errorf("prune %d tasks: %w", len(victims), err)
	}
	return len(victims), damage
}

// victim is a task to forget, the client's key that it may be under, and whether
// its body is there.
type victim struct {
	id   journal.ID
	key  string
	body bool
}

func (w *writer) forget(victims []victim) error {
	for i := range victims {
		v := &victims[i]
		err := errors.Join(w.done.Delete(v.id[:]), w.result.Delete(v.id[:]), w.unbind(v))
		if v.body {
			err = errors.Join(err, w.open.Delete(v.id[:]))
		}
		if err != nil {
			return err
		}
		w.counters.ended--
	}
	return nil
}

// unbind forgets the client's key, unless a later task was submitted under it.
func (w *writer) unbind(v *victim) error {
	if v.key == "" || string(w.keys.Get([]byte(v.key))) != string(v.id[:]) {
		return nil
	}
	return w.keys.Delete([]byte(v.key))
}

// pruner remembers between two calls of Prune what need not be looked at again.
//
//	done:  | kept: ended too late | the next step ... | submitted too late |
//	       first                after                                    last
//
// Tasks are in the order of their submits, not of their ends: one that took a
// month stands before those that are long due. So a pass by age walks over
// tasks that it keeps, and notes when the first of them will be due. It is over
// at a task that was submitted too late to have ended in time, for so were all
// after it; and the next pass begins when something is due. Tasks in excess of
// a number are simply the first ones.
type pruner struct {
	after    journal.ID // where the pass stands; zero at its beginning
	earliest int64      // first end among the tasks that the pass has kept
	nothing  int64      // no kept task ended before this, as the last pass knows
}

func newPruner() pruner { return pruner{earliest: math.MaxInt64, nothing: math.MinInt64} }

// due tells whether a task can have ended before the limit.
func (p *pruner) due(endedBeforeMS int64) bool { return endedBeforeMS > p.nothing }

// ended takes in that a task has ended, wherever the pass stands.
func (p *pruner) ended(atMS int64) {
	p.earliest, p.nothing = min(p.earliest, atMS), min(p.nothing, atMS)
}

// pass books the end of a pass: beyond it, nothing ended before this.
func (p *pruner) pass(beyond int64) {
	*p = pruner{earliest: math.MaxInt64, nothing: min(p.earliest, beyond)}
}

// choose picks the tasks to forget among the next ones, at most limit. With a
// damaged row it picks the others and returns the damage.
func (p *pruner) choose(tx *bbolt.Tx, excess uint64, endedBeforeMS int64, limit int) ([]victim, error) {
	c := choice{rows: newIterator(tx.Bucket(bucketDone), journal.Range{}), looks: limit}
	c.takeFirst(excess)
	if c.rows.key != nil && string(c.rows.key) <= string(p.after[:]) {
		c.rows.seek(p.after)
	}
	p.walk(&c, endedBeforeMS)
	return c.victims, c.damage
}

// walk goes on with the pass by age.
func (p *pruner) walk(c *choice, endedBeforeMS int64) {
	for ; c.more(); c.step() {
		e, ok := c.look()
		switch {
		case !ok: // damaged, and kept
		case e.Task.SubmittedMS >= endedBeforeMS:
			p.pass(e.Task.SubmittedMS)
			return
		case e.Task.EndedMS < endedBeforeMS:
			c.take(&e)
		default:
			p.earliest = min(p.earliest, e.Task.EndedMS)
		}
		copy(p.after[:], c.rows.key)
	}
	if c.rows.key == nil {
		p.pass(math.MaxInt64)
	}
}

// choice is one step of choosing.
type choice struct {
	rows    iterator
	looks   int // rows that may still be looked at
	victims []victim
	damage  error
}

func (c *choice) more() bool { return c.rows.key != nil && c.looks > 0 }

func (c *choice) step() {
	c.rows.step()
	c.looks--
}

// look decodes the row at which the choice stands.
func (c *choice) look() (e journal.Entry, ok bool) {
	e, err := c.rows.entry()
	if err != nil {
		c.damage = err
	}
	return e, err == nil
}

func (c *choice) take(e *journal.Entry) {
	c.victims = append(c.victims, victim{e.Task.ID, e.Task.Spec.Key, e.Task.BodyKept})
}

// takeFirst picks the first n tasks.
func (c *choice) takeFirst(n uint64) {
	for ; n > 0 && c.more(); c.step() {
		if e, ok := c.look(); ok {
			c.take(&e)
			n--
		}
	}
}
