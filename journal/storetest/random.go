package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"bcp/journal"
)

// model is what a store should hold, in the plainest form.
type model struct {
	random  *rand.Rand
	tasks   []journal.Task // by number
	history map[int][]journal.Record
	keys    map[string]int
	clock   int64
}

// testRandomLives drives a store and a model of it through the same random
// batches, and compares them as they go.
func testRandomLives(t *testing.T, h *Harness) {
	m := &model{
		random:  rand.New(rand.NewPCG(1, 2)),
		history: map[int][]journal.Record{}, keys: map[string]int{}, clock: epochMS,
	}
	for range 40 {
		var batch []journal.Record
		for range 1 + m.random.IntN(30) {
			batch = append(batch, m.step())
		}
		commit(t, h.Store, batch...)
		if m.random.IntN(8) == 0 {
			h.reopen()
		}
	}
	m.check(t, h.Store)
}

// step makes one record that some task's state allows, and books it.
func (m *model) step() journal.Record {
	m.clock += m.random.Int64N(5)
	n := m.pick()
	r := m.next(n)
	r.Time = m.clock
	if n == len(m.tasks) {
		m.tasks = append(m.tasks, journal.Task{})
		m.keys[r.Spec.Key] = n
	}
	if err := m.tasks[n].Apply(&r); err != nil {
		panic(err) // next makes only what fits
	}
	if r.Kind != journal.KindCheckpoint {
		m.history[n] = append(m.history[n], r)
	}
	return r
}

// pick chooses a task that has not ended, or the number of a new one.
func (m *model) pick() int {
	n := m.random.IntN(3 * (len(m.tasks) + 1) / 2)
	if n >= len(m.tasks) || m.tasks[n].State.Ended() {
		return len(m.tasks)
	}
	return n
}

// next chooses what happens to task n.
func (m *model) next(n int) journal.Record {
	if n == len(m.tasks) {
		return submit(n, fmt.Sprint("key", m.random.IntN(20)), fmt.Sprint("body", n))
	}
	task := m.tasks[n]
	switch task.State {
	case journal.Pending:
		return dispatch(n, task.Attempt+1)
	case journal.Dispatched:
		if m.random.IntN(2) == 0 {
			return requeue(n, task.Attempt, journal.ReasonLost)
		}
		return start(n, task.Attempt)
	default:
		if m.random.IntN(3) > 0 {
			return m.save(n)
		}
		r := end(n, task.Attempt, fmt.Sprint("result", n))
		r.KeepBody = n%3 == 0
		return r
	}
}

// save makes the task's next checkpoint.
func (m *model) save(n int) journal.Record {
	seq := uint32(1)
	if c := m.tasks[n].Checkpoint; c != nil && c.Attempt == m.tasks[n].Attempt {
		seq = c.Seq + 1
	}
	return save(n, m.tasks[n].Attempt, seq, saved(n, seq))
}

// checkSaved compares the task's checkpoint with the model's.
func (m *model) checkSaved(t *testing.T, s journal.Store, n int) {
	t.Helper()
	c := m.tasks[n].Checkpoint
	if c == nil {
		checkSaved(t, s, n, nil)
		return
	}
	want := save(n, c.Attempt, c.Seq, saved(n, c.Seq))
	want.Time = c.SavedMS
	checkSaved(t, s, n, &want)
}

func (m *model) checkEndedBody(t *testing.T, s journal.Store, n int) {
	t.Helper()
	if m.tasks[n].BodyKept {
		checkBody(t, s, n, fmt.Sprint("body", n), nil)
	} else {
		checkBody(t, s, n, "", journal.ErrNotFound)
	}
}

func (m *model) check(t *testing.T, s journal.Store) {
	t.Helper()
	var want []journal.ID
	for n, task := range m.tasks {
		checkRecords(t, get(t, s, n), m.history[n])
		m.checkSaved(t, s, n)
		if task.State.Ended() {
			checkResult(t, s, n, fmt.Sprint("result", n), nil)
			m.checkEndedBody(t, s, n)
			continue
		}
		want = append(want, idOf(n))
		checkBody(t, s, n, fmt.Sprint("body", n), nil)
	}
	if got := s.Meta().Ended; got != uint64(len(m.tasks)-len(want)) {
		t.Errorf("meta counts %d ended tasks, want %d", got, len(m.tasks)-len(want))
	}
	for key, n := range m.keys {
		checkKey(t, s, key, n)
	}
	if got := live(t, s); !slices.Equal(got, want) || !slices.Equal(got, scanAll(t, s, journal.Range{Live: true})) {
		t.Errorf("live tasks: %v\nwant %v", got, want)
	}
}
