package bolt

import (
	"cmp"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

const (
	// livePage is how many tasks Live reads at a time: few enough for a read transaction
	// to be short, and for their rows to be in the processor's cache when fn gets them.
	livePage = 256

	// livePages is how many pages there are, for use again and again: one that fn is at,
	// one that is read, and some between, as neither takes the same time for all.
	livePages = 8
)

// Live implements journal.Store. It reads the tasks in pages, each in a short read transaction
// of its own, so that fn may take long. Another goroutine reads ahead while fn is called.
func (s *Store) Live(fn func(*journal.LiveRow) error) error {
	if err := s.catchUp(); err != nil {
		return err
	}
	full, empty, stop := make(chan *page, livePages), make(chan *page, livePages), make(chan struct{})
	for range livePages {
		empty <- new(page)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(full)
		s.readLive(full, empty, stop)
	}()
	defer func() { <-ended }()
	defer close(stop)
	for p := range full {
		for i := range p.rows {
			if err := fn(&p.rows[i]); err != nil {
				return err
			}
		}
		if p.err != nil {
			return p.err
		}
		empty <- p
	}
	return nil
}

// page is so many live tasks, or those before one that is damaged.
type page struct {
	rows []journal.LiveRow
	data []byte // that they point to
	err  error

	damage error // that was passed over
}

// readLive reads page after page, until it is stopped.
func (s *Store) readLive(full chan<- *page, empty <-chan *page, stop <-chan struct{}) {
	var after journal.ID
	for more := true; more; {
		var p *page
		select {
		case <-stop:
			return
		case p = <-empty:
		}
		p.err = s.viewFile(func(f *files, tx *bbolt.Tx) (err error) {
			more, err = p.read(s.snapshot(f, tx), after)
			return err
		})
		s.pruned.add(0, p.damage)
		if n := len(p.rows); n > 0 {
			after = p.rows[n-1].ID
		}
		more = more && p.err == nil
		full <- p // there is room for all
	}
}

// read fills the page with the tasks behind one, and tells whether there are more.
func (p *page) read(s snapshot, after journal.ID) (more bool, err error) {
	p.rows, p.data, p.damage = p.rows[:0], p.data[:0], nil
	i := s.newLiveIterator(journal.Range{After: after})
	defer func() { p.damage = i.damage }()
	for ; i.key != nil; i.step() {
		if len(p.rows) == livePage {
			return true, nil
		}
		if err := p.add(i); err != nil {
			return false, err
		}
	}
	return false, nil
}

// add takes in the task at which the iterator is.
func (p *page) add(i *iterator) error {
	id, err := idOf(i.key)
	if err = cmp.Or(i.err, err); err != nil {
		return err
	}
	kept, err := i.checkpoints.Find(id[:])
	if err != nil {
		return damage(err)
	}
	row, err := journal.NewLiveRow(id, p.copy(i.row), p.copy(kept))
	if err == nil {
		p.rows = append(p.rows, row)
	}
	return err
}

// copy copies what points into the file; nil stays nil.
func (p *page) copy(data []byte) []byte {
	if data == nil {
		return nil
	}
	start := len(p.data)
	p.data = append(p.data, data...)
	return p.data[start:len(p.data):len(p.data)]
}
