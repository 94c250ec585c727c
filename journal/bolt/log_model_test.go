package bolt

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"bcp/journal"
)

// twins is a store with a log beside one without, to which the same is committed.
type twins struct {
	*testing.T
	rand          *rand.Rand
	logged, plain *Store
	at, plainAt   string
	tasks         []journal.State // by number; 0 for one that isn't there yet
	attempts      []uint32
	seq           uint32
}

// TestLogIsNoDifference: whatever is committed, and whenever a crash comes, a store with a
// log is opened as one that has none.
func TestLogIsNoDifference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		dice := rand.New(rand.NewPCG(seed, 1))
		p := &twins{
			T: t, rand: dice, tasks: make([]journal.State, rotTasks), attempts: make([]uint32, rotTasks),
			at: filepath.Join(inMemory(t), "logged.db"), plainAt: filepath.Join(inMemory(t), "plain.db"),
		}
		p.plain, p.logged = mustOpen(t, plain, p.plainAt), mustOpen(t, p.options(), p.at)
		for range 40 {
			p.step()
		}
		p.crash()
		p.close()
		checkWhole(t, p.at)
		checkFile(t, p.at)
	}
}

// options are those of an opening: with a log, settled now and then or when it has to be.
func (p *twins) options() setup {
	return newSetup(Options{Log: 48 << 10, LogStep: []int{1, 10, 1 << 20, 1 << 20}[p.rand.IntN(4)]})
}

func (p *twins) close() {
	p.Helper()
	if err := errors.Join(p.logged.Close(), p.plain.Close()); err != nil {
		p.Fatal(err)
	}
}

func (p *twins) step() {
	switch p.rand.IntN(10) {
	case 0:
		p.crash()
	case 1:
		p.prune()
	case 2:
		p.logged.Meta() // has all be settled
	default:
		p.commit()
	}
}

// crash goes on with what a crash leaves of the store with a log, and compares the two.
func (p *twins) crash() {
	p.Helper()
	left := copyCrashed(p.T, p.at)
	p.logged.Close()
	p.at, p.logged = left, mustOpen(p.T, p.options(), left)
	got, err := readWhole(p.logged)
	want, plainErr := readWhole(p.plain)
	if err := errors.Join(err, plainErr); err != nil {
		p.Fatal(err)
	}
	delete(got, "meta") // they are two journals
	delete(want, "meta")
	if !maps.Equal(got, want) {
		p.Fatalf("after a crash it differs: %v", difference(got, want))
	}
	a, b := p.logged.Meta(), p.plain.Meta()
	if a.Last != b.Last || a.Ended != b.Ended {
		p.Fatalf("after a crash %+v, without a log %+v", a, b)
	}
}

func (p *twins) prune() {
	p.Helper()
	keep := endedBefore(0, uint64(p.rand.IntN(rotTasks/2)))
	a, err := prune(p.logged, keep, 10)
	b, plainErr := prune(p.plain, keep, 10)
	if err := errors.Join(err, plainErr); err != nil || a != b {
		p.Fatalf("%d and %d tasks are forgotten, %v", a, b, err)
	}
}

// commit commits some records to both.
func (p *twins) commit() {
	p.Helper()
	var batch []journal.Record
	for range 1 + p.rand.IntN(12) {
		batch = append(batch, p.record())
	}
	mustCommit(p.T, p.logged, batch...)
	mustCommit(p.T, p.plain, batch...)
}

// record is one that can come next.
func (p *twins) record() journal.Record {
	if p.rand.IntN(6) == 0 {
		return p.setting()
	}
	n := p.rand.IntN(rotTasks)
	life := benchLife(n)
	r := journal.Record{Task: benchID(n), Time: life[1].Time, Attempt: p.attempts[n], Worker: "w"}
	switch p.tasks[n] {
	case 0:
		p.tasks[n] = journal.Pending
		life[0].Spec.Key, life[0].Payload = rotKey(n), p.payload()
		return life[0]
	case journal.Pending:
		p.tasks[n] = journal.Dispatched
		p.attempts[n]++
		r.Kind, r.Attempt = journal.KindDispatch, p.attempts[n]
		return r
	case journal.Dispatched, journal.Running:
		return p.goOn(n, r)
	}
	return p.setting() // it has ended
}

// goOn is what becomes of a task with an attempt.
func (p *twins) goOn(n int, r journal.Record) journal.Record {
	switch next := p.rand.IntN(4); {
	case next == 0:
		p.tasks[n] = journal.Pending
		r.Kind, r.Reason = journal.KindRequeue, journal.ReasonError
	case next == 1:
		p.tasks[n] = journal.Done
		r.Kind, r.State, r.Payload, r.KeepBody = journal.KindEnd, journal.Done, p.payload(), p.rand.IntN(2) == 0
		r.Time += int64(n)
	case next == 2 && p.tasks[n] == journal.Dispatched:
		p.tasks[n] = journal.Running
		r.Kind = journal.KindStart
	default:
		p.seq++
		r.Kind, r.Seq, r.Payload = journal.KindCheckpoint, p.seq, p.payload()
	}
	return r
}

// setting sets something, or takes it away.
func (p *twins) setting() journal.Record {
	s := journal.Setting{Name: fmt.Sprint("name", p.rand.IntN(8)), Gone: p.rand.IntN(3) == 0}
	if !s.Gone {
		s.Value = fmt.Sprint(p.rand.IntN(100))
	}
	return journal.Record{Kind: journal.KindSetting, Time: 1, By: "operator", Setting: &s}
}

// payload is none, a small one, one that the log just takes, or one that it doesn't.
func (p *twins) payload() []byte {
	sizes := []int{0, 1, 100, 100, 100, 3000, loggedOneMax, loggedOneMax + 1}
	b := make([]byte, sizes[p.rand.IntN(len(sizes))])
	for i := range b {
		b[i] = byte(i) + byte(p.rand.IntN(3))
	}
	return b
}
