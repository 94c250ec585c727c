package bolt

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"bcp/journal"
)

// benchID returns the ID of the n-th task: 50 tasks a millisecond.
func benchID(n int) (id journal.ID) {
	if err := id.SetTime(uint64(1735689600000 + n/50)); err != nil {
		panic(err)
	}
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

// benchLife returns the four records of a no-op task's life.
func benchLife(n int) [4]journal.Record {
	id, now := benchID(n), int64(1735689600000+n/50)
	body := make([]byte, 100)
	return [4]journal.Record{
		{Task: id, Kind: journal.KindSubmit, Time: now, Payload: body, Spec: &journal.Spec{
			Client: "client-0123456789", Tries: 1, LossMax: 3,
			Target: journal.Target{Kind: journal.ToService, Name: "noop"},
		}},
		{Task: id, Kind: journal.KindDispatch, Time: now + 1, Attempt: 1, Worker: "worker-17"},
		{Task: id, Kind: journal.KindStart, Time: now + 2, Attempt: 1, Worker: "worker-17"},
		{
			Task: id, Kind: journal.KindEnd, Time: now + 3, Attempt: 1, State: journal.Done,
			Reason: journal.ReasonFinished, Payload: body[:20],
		},
	}
}

// benchRecord returns the i-th record of a steady flow in which so many tasks
// are in flight, each a step further on.
func benchRecord(i, inFlight int) journal.Record {
	step, wave := i/inFlight%4, i/inFlight/4
	return benchLife(wave*inFlight + i%inFlight)[step]
}

// BenchmarkCommit tells records per second by the size of a batch, synced, for
// tasks of four records each.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 8, 64, 512, 4096} {
		b.Run(fmt.Sprint("batch=", size), func(b *testing.B) {
			s := benchStore(b, filepath.Join(b.TempDir(), "bcp.db"))
			inFlight, done := max(size, 16), 0
			batch := make([]journal.Record, size)
			b.ReportAllocs()
			for b.Loop() {
				for i := range batch {
					batch[i] = benchRecord(done, inFlight)
					done++
				}
				if err := s.Commit(batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func benchStore(b *testing.B, path string) *Store {
	b.Helper()
	s, err := plain.open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// fillEnded commits so many whole lives.
func fillEnded(b *testing.B, s *Store, tasks int) {
	b.Helper()
	s.db.NoSync = true
	var batch []journal.Record
	for n := range tasks {
		life := benchLife(n)
		if batch = append(batch, life[:]...); len(batch) >= 8192 || n == tasks-1 {
			if err := s.Commit(batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	s.db.NoSync = false
	if err := s.db.Sync(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPass tells what processor time a task takes that is submitted, ends among many that
// have not, in the order of submits or a random one, and is forgotten in the order of ends.
func BenchmarkPass(b *testing.B) {
	const live, kept, wave = 40_000, 20_000, 512
	for _, random := range []bool{false, true} {
		b.Run(fmt.Sprintf("random=%v", random), func(b *testing.B) {
			p := benchPassing(b, random)
			for range live / wave {
				p.submit(wave)
			}
			for range kept / wave {
				p.wave(wave, kept)
			}
			b.ReportAllocs()
			began, tasks := processorTime(b), 0
			for b.Loop() {
				p.wave(wave, kept)
				tasks += wave
			}
			b.ReportMetric(float64((processorTime(b)-began).Microseconds())/float64(tasks), "cpu-us/task")
		})
	}
}

// passing is a journal with a log through which tasks pass.
type passing struct {
	*testing.B
	store *Store
	pick  func(n int) int // which of n live tasks ends
	live  []int
	next  int
	now   int64
}

func benchPassing(b *testing.B, random bool) *passing {
	p := &passing{B: b, pick: func(int) int { return 0 }}
	if random {
		p.pick = rand.New(rand.NewPCG(1, 1)).IntN
	}
	s, err := Open(filepath.Join(b.TempDir(), "bcp.db"), Options{Log: LogBytes})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	p.store = s
	return p
}

func (p *passing) submit(tasks int) {
	var begun []journal.Record
	for range tasks {
		life := benchLife(p.next)
		life[0].Spec.Key = fmt.Sprint("key ", p.next)
		begun, p.live, p.now = append(begun, life[:2]...), append(p.live, p.next), life[0].Time
		p.next++
	}
	if err := p.store.Commit(begun); err != nil {
		p.Fatal(err)
	}
}

// wave submits so many tasks, has as many end, and forgets all but those that are kept.
func (p *passing) wave(tasks int, kept uint64) {
	p.submit(tasks)
	var ended []journal.Record
	for range tasks {
		i := p.pick(len(p.live))
		life := benchLife(p.live[i])
		if i == 0 {
			p.live = p.live[1:]
		} else {
			p.live[i], p.live = p.live[len(p.live)-1], p.live[:len(p.live)-1]
		}
		for _, r := range life[2:] {
			r.Time = p.now
			ended = append(ended, r)
		}
	}
	keep := journal.Retention{NowMS: p.now, EndedMS: math.MaxInt32, Ended: kept}
	if _, damage, err := p.store.CommitAndPrune(ended, keep, 2*tasks); err != nil || damage != nil {
		p.Fatal(err, damage)
	}
}

// processorTime is what this process has taken so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkOpen tells how long a broker waits for its journal after a crash,
// with many ended tasks and a few live ones: with a synced freelist as a rule,
// and without one, as right after half of the tasks were pruned.
func BenchmarkOpen(b *testing.B) {
	const tasks = 1_000_000
	path := filepath.Join(b.TempDir(), "bcp.db")
	s := benchStore(b, path)
	fillEnded(b, s, tasks)
	submitLive(b, s, tasks, 100)
	b.Run(fmt.Sprint("ended=", tasks), func(b *testing.B) { benchOpen(b, s, path, 100) })

	s = benchStore(b, path)
	for pruned := 0; pruned < tasks/2; pruned += 1000 {
		if _, err := prune(s, endedBefore(0, tasks/2), 1000); err != nil {
			b.Fatal(err)
		}
	}
	submitLive(b, s, tasks+100, 1)
	b.Run(fmt.Sprint("pruned=", tasks/2), func(b *testing.B) { benchOpen(b, s, path, 101) })
}

func submitLive(b *testing.B, s *Store, first, n int) {
	b.Helper()
	for i := range n {
		life := benchLife(first + i)
		if err := s.Commit(life[:1]); err != nil {
			b.Fatal(err)
		}
	}
}

// benchOpen opens the journal again and again, never closing it cleanly.
func benchOpen(b *testing.B, s *Store, path string, want int) {
	freePages := s.db.Stats().FreePageN
	if err := s.db.Close(); err != nil { // not s.Close, which saves the freelist
		b.Fatal(err)
	}
	for b.Loop() {
		again, err := plain.open(path)
		if err != nil {
			b.Fatal(err)
		}
		live := 0
		err = journal.EachLive(again, func(journal.ID, []journal.Record) error { live++; return nil })
		if err != nil || live != want {
			b.Fatalf("%d live tasks, want %d: %v", live, want, err)
		}
		again.chooseFreelistSync()
		if err := again.db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(freePages), "freepages")
}

// BenchmarkCommitFreePages tells what the freelist costs a commit of 8 records,
// by the number of free pages and whether it is synced: freePagesMax is chosen
// from it.
func BenchmarkCommitFreePages(b *testing.B) {
	for _, kept := range []int{200_000, 190_000, 150_000, 0} {
		s := benchStore(b, filepath.Join(b.TempDir(), "bcp.db"))
		fillEnded(b, s, 200_000)
		for pruned, n := 0, 1; n > 0; pruned += n {
			var err error
			if n, err = prune(s, endedBefore(0, uint64(kept)), 1000); err != nil {
				b.Fatal(err)
			}
		}
		next := 200_000 * 4
		for _, synced := range []bool{true, false} {
			s.freePagesMax = -1
			if synced {
				s.freePagesMax = math.MaxInt
			}
			b.Run(fmt.Sprintf("free=%d/synced=%v", s.db.Stats().FreePageN, synced), func(b *testing.B) {
				batch := make([]journal.Record, 8)
				for b.Loop() {
					for i := range batch {
						batch[i] = benchRecord(next, 8)
						next++
					}
					if err := s.Commit(batch); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
