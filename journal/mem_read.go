package journal

import (
	"fmt"
	"maps"
	"slices"
)

// Live implements Store.
func (s *MemStore) Live(fn func(*LiveRow) error) error {
	rows, err := s.disk.liveRows()
	if err != nil {
		return err
	}
	for i := range rows {
		if err := fn(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// liveRows returns the rows of the tasks that have not ended, in order of ID. What they
// point to doesn't change: a row that changes is another one.
func (d *MemDisk) liveRows() (rows []LiveRow, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, id := range d.list(Range{Live: true}) {
		row, err := NewLiveRow(id, d.rows[id], d.checkpoints[id])
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Settings implements Store.
func (s *MemStore) Settings(fn func(Record) error) error {
	s.disk.mu.RLock()
	rows := maps.Clone(s.disk.settings)
	s.disk.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		r, err := DecodeSetting(name, rows[name])
		if err != nil {
			return err
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// Get implements Store.
func (s *MemStore) Get(id ID) (Entry, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	return s.disk.entry(id)
}

func (d *MemDisk) entry(id ID) (Entry, error) {
	row, known := d.rows[id]
	if !known {
		return Entry{}, fmt.Errorf("read task %s: %w", id, ErrNotFound)
	}
	e, err := DecodeEntry(id, row)
	if kept, ok := d.checkpoints[id]; ok && err == nil {
		err = e.AddCheckpoint(kept)
	}
	return e, err
}

// Body implements Store.
func (s *MemStore) Body(id ID) ([]byte, error) { return s.payload(id, "body", s.disk.bodies) }

// Result implements Store.
func (s *MemStore) Result(id ID) ([]byte, error) { return s.payload(id, "result", s.disk.results) }

// BodyOrBlob implements Store.
func (s *MemStore) BodyOrBlob(id ID) ([]byte, Blob, error) {
	return s.payloadOrBlob(id, "body", s.disk.bodies)
}

// ResultOrBlob implements Store.
func (s *MemStore) ResultOrBlob(id ID) ([]byte, Blob, error) {
	return s.payloadOrBlob(id, "result", s.disk.results)
}

// Checkpoint implements Store.
func (s *MemStore) Checkpoint(id ID) ([]byte, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	kept, known := s.disk.checkpoints[id]
	if !known {
		return nil, fmt.Errorf("read checkpoint of task %s: %w", id, ErrNotFound)
	}
	state, err := OpenCheckpoint(id, kept)
	return slices.Clone(state), err
}

func (s *MemStore) payload(id ID, what string, payloads map[ID][]byte) ([]byte, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	payload, blob, err := readPayload(id, what, payloads)
	if err == nil && !blob.IsZero() {
		payload, err = OpenBlob(blob.ID, s.disk.blobs[blob.ID])
	}
	return slices.Clone(payload), err
}

func (s *MemStore) payloadOrBlob(id ID, what string, payloads map[ID][]byte) ([]byte, Blob, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	payload, blob, err := readPayload(id, what, payloads)
	return slices.Clone(payload), blob, err
}

// readPayload opens a payload, which points into what there is.
func readPayload(id ID, what string, payloads map[ID][]byte) ([]byte, Blob, error) {
	sealed, known := payloads[id]
	if !known {
		return nil, Blob{}, fmt.Errorf("read %s of task %s: %w", what, id, ErrNotFound)
	}
	return OpenPayload(id, sealed)
}

// ByKey implements Store.
func (s *MemStore) ByKey(key string) (ID, bool, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	id, found := s.disk.keys[key]
	return id, found, nil
}

// Unused implements Store.
func (s *MemStore) Unused(key string) ([]KeyRange, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	return between(slices.Sorted(maps.Keys(s.disk.keys)), key), nil
}

// Tombstone implements Store.
func (s *MemStore) Tombstone(id ID) (Tombstone, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	t, known := s.disk.gone[id]
	if !known {
		return Tombstone{}, fmt.Errorf("read tombstone of task %s: %w", id, ErrNotFound)
	}
	return OpenTombstone(id, t.sealed)
}

// Scan implements Store.
func (s *MemStore) Scan(r Range, fn func(Entry) error) (more bool, err error) {
	page, more, err := s.disk.page(r)
	if err != nil {
		return false, err
	}
	for _, e := range page {
		if err := fn(e); err != nil {
			return more, err
		}
	}
	return more, nil
}

// page reads the tasks of the range up to its limit.
func (d *MemDisk) page(r Range) (page []Entry, more bool, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	ids, limit := d.list(r), r.PageLimit()
	if more = len(ids) > limit; more {
		ids = ids[:limit]
	}
	for _, id := range ids {
		e, err := d.entry(id)
		if err != nil {
			return nil, false, err
		}
		page = append(page, e)
	}
	return page, more, nil
}

// list returns the tasks of the range, beyond any limit.
func (d *MemDisk) list(r Range) []ID {
	var ids []ID
	for id := range d.rows {
		beyond := r.After == ID{} || (id.Compare(r.After) > 0) != r.Descending && id != r.After
		if ended := d.hasEnded(id); beyond && (ended && r.Ended || !ended && r.Live) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, ID.Compare)
	if r.Descending {
		slices.Reverse(ids)
	}
	return ids
}
