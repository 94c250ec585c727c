package bolt

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"testing"

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
