package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"bcp/journal"
)

// testSeen: as soon as a commit has returned, whoever reads sees it, in whichever way and
// while others follow. Task n comes with commit n, and ends with commit n+2; task 0 saves
// its state with each.
func testSeen(t *testing.T, h *Harness) {
	const commits, readers = 120, 3
	commit(t, h.Store, submit(0, "", "body"), dispatch(0, 1), submit(1, seenKey(1), seenBody(1)))
	var last atomic.Int64
	last.Store(1)
	var reading sync.WaitGroup
	for r := range readers {
		dice := rand.New(rand.NewPCG(uint64(r), 1))
		reading.Go(func() {
			for n := int64(0); n < commits; {
				n = last.Load()
				look := looks[dice.IntN(len(looks))]
				if err := look.at(h.Store, int(n)); err != nil {
					t.Errorf("%s after commit %d: %v", look.name, n, err)
					return
				}
			}
		})
	}
	for n := 2; n <= commits; n++ {
		batch := []journal.Record{
			submit(n, seenKey(n), seenBody(n)), save(0, 1, uint32(n), strconv.Itoa(n)), set("commits", strconv.Itoa(n), ""),
		}
		if n > 2 {
			batch = append(batch, end(n-2, 0, seenBody(n-2)))
		}
		if err := h.Store.Commit(batch); err != nil {
			t.Error(err)
			break
		}
		last.Store(int64(n))
	}
	last.Store(commits)
	reading.Wait()
}

func seenKey(n int) string { return fmt.Sprintf("key/%05d", n) }

// seenBody is the body of a task, and its result; now and then a large one.
func seenBody(n int) string {
	if n%10 == 0 {
		return fmt.Sprintf("%020000d", n)
	}
	return strconv.Itoa(n)
}

// looks are all ways to see that a commit has returned.
var looks = []struct {
	name string
	at   func(s journal.Store, n int) error
}{
	{"get", func(s journal.Store, n int) error { return errOf(s.Get(idOf(n))) }},
	{"get of an ended one", func(s journal.Store, n int) error {
		if n < 3 {
			return nil
		}
		e, err := s.Get(idOf(n - 2))
		return errors.Join(err, unless(e.Task.State.Ended(), "it is %s", e.Task.State))
	}},
	{"result", func(s journal.Store, n int) error {
		if n < 3 {
			return nil
		}
		result, err := s.Result(idOf(n - 2))
		return errors.Join(err, unless(string(result) == seenBody(n-2), "%d bytes", len(result)))
	}},
	{"body", func(s journal.Store, n int) error {
		body, err := s.Body(idOf(n))
		if errors.Is(err, journal.ErrNotFound) { // it has ended meanwhile, or should be there
			return errOf(s.Result(idOf(n)))
		}
		return errors.Join(err, unless(string(body) == seenBody(n), "%d bytes", len(body)))
	}},
	{"by key", func(s journal.Store, n int) error {
		id, found, err := s.ByKey(seenKey(n))
		return errors.Join(err, unless(found && id == idOf(n), "task %s, %v", id, found))
	}},
	{"unused", func(s journal.Store, n int) error {
		_, _, err := s.ByKey(seenKey(n) + "/another")
		ranges, unusedErr := s.Unused(seenKey(n))
		return errors.Join(err, unusedErr, unless(!has(ranges, seenKey(n)), "%+v", ranges))
	}},
	{"scan", func(s journal.Store, n int) error {
		var seen journal.ID
		_, err := s.Scan(journal.Range{Live: true, Ended: true, After: idOf(n - 1), Limit: 1}, func(e journal.Entry) error {
			seen = e.Task.ID
			return nil
		})
		return errors.Join(err, unless(seen == idOf(n), "task %s", seen))
	}},
	{"live", func(s journal.Store, n int) error {
		var seen journal.ID
		err := journal.EachLive(s, func(id journal.ID, _ []journal.Record) error { seen = id; return nil })
		return errors.Join(err, unless(seen.Compare(idOf(n)) >= 0, "up to task %s", seen))
	}},
	{"settings", func(s journal.Store, n int) error {
		value := 1
		err := s.Settings(func(r journal.Record) (err error) { value, err = strconv.Atoi(r.Setting.Value); return err })
		return errors.Join(err, unless(value >= n, "as of commit %d", value))
	}},
	{"checkpoint", func(s journal.Store, n int) error {
		if n < 2 {
			return nil
		}
		state, err := s.Checkpoint(idOf(0))
		value, notNumber := strconv.Atoi(string(state))
		return errors.Join(err, notNumber, unless(value >= n, "as of commit %d", value))
	}},
	{"meta", func(s journal.Store, n int) error {
		meta := s.Meta()
		return errors.Join(unless(meta.Last.Compare(idOf(n)) >= 0, "last is %s", meta.Last),
			unless(int(meta.Ended) >= n-2, "%d have ended", meta.Ended))
	}},
}

func unless(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}
