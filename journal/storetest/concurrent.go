package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"bcp/journal"
)

// testReaders reads from several goroutines while another commits and prunes:
// every reader sees whole batches only. A batch ends one pair of tasks and
// submits the next.
func testReaders(t *testing.T, h *Harness) {
	const batches, readers = 60, 3
	commit(t, h.Store, submit(0, "", "body"), submit(1, "", "body"))
	done := make(chan struct{})
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for {
				if err := readOnce(h.Store); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for b := 1; b <= batches; b++ {
		commit(t, h.Store,
			submit(2*b, fmt.Sprint("k", b), "body"), submit(2*b+1, "", "body"),
			endAt(2*b-1, endOf(b)), endAt(2*b-2, endOf(b)))
		if _, err := prune(h.Store, endedBefore(0, 20), 2); err != nil {
			t.Errorf("prune: %v", err)
		}
	}
	close(done)
	reading.Wait()
}

// readOnce calls every reading method.
func readOnce(s journal.Store) error {
	var live []journal.Entry
	_, err := s.Scan(journal.Range{Live: true}, func(e journal.Entry) error {
		live = append(live, e)
		return nil
	})
	if err != nil {
		return err
	}
	if len(live) != 2 || live[0].Task.ID.Time()+1 != live[1].Task.ID.Time() {
		return fmt.Errorf("a reader saw %d live tasks, which no commit has left: %v", len(live), live)
	}
	id := live[1].Task.ID
	if _, err := s.Get(id); err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	if body, err := s.Body(id); string(body) != "body" && !errors.Is(err, journal.ErrNotFound) {
		return fmt.Errorf("body %q, %w", body, err)
	}
	if _, err := s.Result(id); err != nil && !errors.Is(err, journal.ErrNotFound) {
		return err
	}
	if _, _, err := s.ByKey("k7"); err != nil {
		return err
	}
	_, err = s.Scan(journal.Range{Ended: true, Descending: true, Limit: 5}, func(journal.Entry) error { return nil })
	s.Meta()
	return err
}
