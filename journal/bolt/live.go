package bolt

import (
	"cmp"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// livePage is how many tasks Live reads at a time: few enough for a read
// transaction to be short.
const livePage = 1000

// Live implements journal.Store. A goroutine reads and decodes the next page while
// fn is at one. Each page is as of one moment, so that fn may take its time.
func (s *Store) Live(fn func(journal.ID, []journal.Record) error) error {
	pages, stop := make(chan page), make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(pages)
		s.readLive(pages, stop)
	}()
	defer func() { <-ended }()
	defer close(stop)
	for p := range pages {
		for i := range p.tasks {
			if err := fn(p.tasks[i].id, p.tasks[i].records); err != nil {
				return err
			}
		}
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

// page is so many live tasks, or those before one that is damaged.
type page struct {
	tasks []liveTask
	err   error
}

type liveTask struct {
	id      journal.ID
	records []journal.Record
}

// readLive reads page after page, until it is stopped.
func (s *Store) readLive(pages chan<- page, stop <-chan struct{}) {
	var after journal.ID
	for more := true; more; {
		p := page{tasks: make([]liveTask, 0, livePage)}
		p.err = s.viewFile(func(f *files, tx *bbolt.Tx) (err error) {
			more, err = p.read(s.snapshot(f, tx), after)
			return err
		})
		select {
		case <-stop:
			return
		case pages <- p:
		}
		if p.err != nil {
			return
		}
		if n := len(p.tasks); n > 0 {
			after = p.tasks[n-1].id
		}
	}
}

// read fills the page with the tasks behind one, and tells whether there are more.
func (p *page) read(s snapshot, after journal.ID) (more bool, err error) {
	for i := s.newLiveIterator(journal.Range{After: after}); i.key != nil; i.step() {
		if len(p.tasks) == livePage {
			return true, nil
		}
		t, err := readTask(i)
		if err != nil {
			return false, err
		}
		p.tasks = append(p.tasks, t)
	}
	return false, nil
}

// readTask returns the task at which the iterator is, with its checkpoint's record
// behind the others.
func readTask(i *iterator) (t liveTask, err error) {
	t.id, err = idOf(i.key)
	if err = cmp.Or(i.err, err); err != nil {
		return t, err
	}
	if i.checkpoints.Get(t.id[:]) == nil { // as of nearly all
		t.records, err = journal.DecodeRow(t.id, i.row)
		return t, err
	}
	e, err := liveEntry(i.checkpoints, t.id, i.row)
	if err != nil {
		return t, err
	}
	t.records = append(e.Records, *e.Checkpoint)
	return t, nil
}
