package bolt

import (
	"errors"
	"fmt"
	"io"
	"os"

	"bcp/journal"
)

// blobReader reads a blob's payload as somebody wants it, who may take any time: the file is
// not written over until then, and if it is removed meanwhile the kernel keeps it.
type blobReader struct {
	of   *blobs
	blob journal.Blob
	file *os.File
	head [journal.BlobHeadBytes]byte
	seal *journal.BlobSeal // of what was read
	left int               // bytes
}

// OpenBlob implements journal.Store.
func (s *Store) OpenBlob(blob journal.Blob) (io.ReadCloser, error) {
	r, err := s.blobs.open(blob)
	if err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// open opens a blob's file, which is not written over from then on.
func (b *blobs) open(blob journal.Blob) (*blobReader, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &blobReader{of: b, blob: blob}
	var err error
	if r.file, err = os.Open(b.path(blob.ID)); err != nil {
		return nil, r.of.fault(r.blob.ID, err)
	}
	if b.opened == nil {
		b.opened = make(map[journal.ID]int)
	}
	b.opened[blob.ID]++
	return r, nil
}

// check reads all of it once, and goes back to the beginning.
func (r *blobReader) check() error {
	if err := r.rewind(); err != nil {
		return err
	}
	info, err := r.file.Stat()
	if err != nil {
		return r.of.fault(r.blob.ID, err)
	}
	if size := info.Size() - int64(len(r.head)); size != int64(r.blob.Size) {
		return r.of.damage(r.blob.ID, fmt.Errorf("it has %d bytes, not %d", size, r.blob.Size))
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, pieceBytes)); err != nil {
		return err
	}
	return r.rewind()
}

// rewind goes to the beginning of the payload.
func (r *blobReader) rewind() error {
	if _, err := r.file.ReadAt(r.head[:], 0); err != nil {
		return r.of.fault(r.blob.ID, err)
	}
	_, err := r.file.Seek(int64(len(r.head)), io.SeekStart)
	r.seal, r.left = journal.SealBlob(r.blob.ID), r.blob.Size
	return err
}

// Read returns the last piece only if all of it is as it was written.
func (r *blobReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.file.Read(p[:min(len(p), r.left)])
	if err != nil {
		return 0, r.of.fault(r.blob.ID, err)
	}
	r.seal.Add(p[:n])
	if r.left -= n; r.left > 0 {
		return n, nil
	}
	if err := r.seal.Check(r.head[:]); err != nil {
		return 0, r.of.damage(r.blob.ID, err)
	}
	return n, nil
}

// Close implements io.Closer.
func (r *blobReader) Close() error {
	err := r.file.Close() // which gives back the blocks of one that was removed, and takes its time
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	if r.of.opened[r.blob.ID]--; r.of.opened[r.blob.ID] == 0 {
		delete(r.of.opened, r.blob.ID)
	}
	return err
}
