package journal

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Stage implements Store.
func (s *MemStore) Stage(payload []byte) (Blob, error) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	b := Blob{Size: len(payload)}
	s.disk.staged++
	binary.BigEndian.PutUint64(b.ID[8:], s.disk.staged)
	s.disk.blobs[b.ID] = AppendBlob(nil, b.ID, payload)
	return b, nil
}

// OpenBlob implements Store.
func (s *MemStore) OpenBlob(b Blob) (io.ReadCloser, error) {
	s.disk.mu.RLock()
	defer s.disk.mu.RUnlock()
	payload, err := OpenBlob(b.ID, s.disk.blobs[b.ID])
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(payload)), nil
}

// Discard implements Store.
func (s *MemStore) Discard(b Blob) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	delete(s.disk.blobs, b.ID)
}

// Blobs returns how many payloads there are that were written apart.
func (d *MemDisk) Blobs() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.blobs)
}

// drop deletes a payload, and its blob if it has one.
func (d *MemDisk) drop(payloads map[ID][]byte, id ID) {
	if _, blob, err := OpenPayload(id, payloads[id]); err == nil {
		delete(d.blobs, blob.ID)
	}
	delete(payloads, id)
}

// sweep removes the blobs that nothing refers to.
func (d *MemDisk) sweep() {
	used := make(map[ID]bool)
	for _, payloads := range []map[ID][]byte{d.bodies, d.results} {
		for id, sealed := range payloads {
			if _, blob, err := OpenPayload(id, sealed); err == nil && !blob.IsZero() {
				used[blob.ID] = true
			}
		}
	}
	for id := range d.blobs {
		if !used[id] {
			delete(d.blobs, id)
		}
	}
}
