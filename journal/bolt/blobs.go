package bolt

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/oklog/ulid/v2"
	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Large payloads are files of their own, in a folder beside the journal: bcp.db
// has bcp.db.blobs. A file has the ULID of its blob for a name, is written once and
// not changed while anybody refers to it.
//
//	Stage    create, write, sync the file, sync the folder
//	Commit   the journal refers to it: the bucket blobs has its ID, its task has a
//	         sealed reference in the place of the payload
//	Commit   the journal refers to it no more (an end, a prune); then, remove it, or
//	         keep the file for another payload (spares.go)
//
// A crash between any two of these leaves at most a file that nothing refers to,
// whole or not; the next opening for writing removes it. A reference to a file
// that is not there, or not whole, never is: it would be damage.
type blobs struct {
	folder   string
	disk     Disk
	owner    *owner     // whose new files are to be
	making   sync.Mutex // guards made
	made     bool       // the folder, with the first blob
	removing sync.WaitGroup
	spares   spares

	mu      sync.Mutex // guards the following
	holds   int        // who reads files that a commit may let go of meanwhile
	pending []journal.ID
	opened  map[journal.ID]int // how many read each, piece by piece

	steps
}

// BlobFolder returns the path of the folder with the large payloads of the journal at path.
func BlobFolder(path string) string { return path + ".blobs" }

func (b *blobs) path(id journal.ID) string { return filepath.Join(b.folder, id.String()) }

// Stage implements journal.Store.
func (s *Store) Stage(payload []byte) (journal.Blob, error) {
	if s.readOnly {
		return journal.Blob{}, errors.New("stage a payload: the journal is open for reading only")
	}
	blob, err := s.blobs.write(payload)
	if isFull(err) {
		err = fmt.Errorf("%w: %w", journal.ErrFull, err)
	}
	if err != nil {
		return journal.Blob{}, fmt.Errorf("stage %d bytes: %w", len(payload), err)
	}
	return blob, nil
}

// Discard implements journal.Store.
func (s *Store) Discard(b journal.Blob) { s.blobs.remove([]journal.ID{b.ID}) }

func (b *blobs) write(payload []byte) (journal.Blob, error) {
	if err := b.makeFolder(); err != nil {
		return journal.Blob{}, err
	}
	id, err := ulid.New(ulid.Now(), rand.Reader)
	if err != nil {
		return journal.Blob{}, err
	}
	if err := b.fill(id, payload); err != nil {
		_ = os.Remove(b.path(id)) // the error tells why there is nothing to keep
		b.spares.drop()           // which may be what the disk has no room for
		return journal.Blob{}, err
	}
	return journal.Blob{ID: id, Size: len(payload)}, nil
}

func (b *blobs) makeFolder() error {
	b.making.Lock()
	defer b.making.Unlock()
	if b.made {
		return nil
	}
	err := b.owner.makeFolder(b.folder)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	err = b.disk.SyncFolder(filepath.Dir(b.folder))
	b.made = err == nil
	return err
}

// check tells whether a blob can be written, and leaves nothing behind: where it can't, the
// first one would end who has begun to work. A disk that is full may have room by then.
func (b *blobs) check() error {
	err := b.tryWrite()
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) && !isFull(err) {
		return &fs.PathError{Op: failed.Op, Path: b.folder, Err: fmt.Errorf("no large payload can be kept there: %w", failed.Err)}
	}
	return nil
}

func (b *blobs) tryWrite() error {
	err := os.Mkdir(b.folder, 0o700)
	switch {
	case err == nil:
		return os.Remove(b.folder)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	id, err := ulid.New(ulid.Now(), rand.Reader)
	if err != nil {
		return err
	}
	f, err := b.create(id, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), removeIfThere(b.path(id)))
}

func (b *blobs) fill(id journal.ID, payload []byte) error {
	f, err := b.create(id, int64(journal.BlobHeadBytes+len(payload)))
	if err != nil {
		return err
	}
	b.passed("created")
	err = writeBlob(f, id, payload)
	b.passed("written")
	if err == nil {
		err = b.disk.Sync(f)
	}
	b.passed("synced")
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	err = b.disk.SyncFolder(b.folder)
	b.passed("staged")
	return err
}

// pieceBytes is how much of a payload is summed and written at a time: what a processor has
// at hand, so that it comes from memory once.
const pieceBytes = 256 << 10

// writeBlob writes a blob, its head last.
func writeBlob(f *os.File, id journal.ID, payload []byte) error {
	seal := journal.SealBlob(id)
	at := int64(journal.BlobHeadBytes)
	for len(payload) > 0 {
		piece := payload[:min(int64(len(payload)), pieceBytes-at%pieceBytes)] // up to a whole page
		seal.Add(piece)
		if err := writeThrough(f, piece, at); err != nil {
			return err
		}
		payload, at = payload[len(piece):], at+int64(len(piece))
	}
	_, err := f.WriteAt(seal.Head(), 0)
	return err
}

// create makes the file of a blob, or takes one that is kept.
func (b *blobs) create(id journal.ID, size int64) (*os.File, error) {
	if f := b.spares.open(b.path(id), size); f != nil {
		return f, nil
	}
	f, err := os.OpenFile(b.path(id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := b.owner.give(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// read returns the payload of a blob. Any damage is an error that wraps
// journal.ErrCorrupt and names the file. A file that is there and can't be read, for a
// lack of descriptors or as the disk doesn't deliver it, is none.
func (b *blobs) read(blob journal.Blob) ([]byte, error) {
	sealed, err := os.ReadFile(b.path(blob.ID))
	if err != nil {
		return nil, b.fault(blob.ID, err)
	}
	payload, err := blob.Open(sealed)
	if err != nil {
		return nil, b.damage(blob.ID, err)
	}
	return payload, nil
}

// fault is the error of reading a file. One that is not there, or ends before its time, is
// damage.
func (b *blobs) fault(id journal.ID, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.EOF) {
		return b.damage(id, err)
	}
	return fmt.Errorf("read blob: %w", err)
}

func (b *blobs) damage(id journal.ID, err error) error {
	return fmt.Errorf("%w: blob %s: %w", journal.ErrCorrupt, b.path(id), err)
}

// remove lets go of files that nothing refers to, beside everything else.
func (b *blobs) remove(ids []journal.ID) {
	if len(ids) == 0 || b.isHeld(ids) {
		return
	}
	b.passed("committed")
	b.removing.Go(func() {
		for _, id := range ids {
			b.retire(id)
		}
	})
}

// isHeld keeps files for as long as somebody holds them.
func (b *blobs) isHeld(ids []journal.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.holds > 0 {
		b.pending = append(b.pending, ids...)
	}
	return b.holds > 0
}

// hold keeps every file that is there until letGo, for who reads as of an earlier
// moment.
func (b *blobs) hold() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holds++
}

func (b *blobs) letGo() {
	b.mu.Lock()
	b.holds--
	var ids []journal.ID
	if b.holds == 0 {
		ids, b.pending = b.pending, nil
	}
	b.mu.Unlock()
	b.remove(ids)
}

// sweep removes the files that nothing refers to: those of a process that died
// before its commit, or before it removed them. Files of other names are left.
func (s *Store) sweep() error {
	s.blobs.removing.Wait() // what recover has let go of goes beside it
	s.blobs.spares.drop()
	entries, err := os.ReadDir(s.blobs.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.read(func(tx *bbolt.Tx) error {
		used := tx.Bucket(bucketBlobs)
		for _, entry := range entries {
			name := entry.Name()
			id, err := ulid.ParseStrict(strings.TrimSuffix(name, spareSuffix))
			if err != nil || !isSpare(name) && used.Get(id[:]) != nil {
				continue
			}
			if err := removeIfThere(filepath.Join(s.blobs.folder, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// removeIfThere removes a file that a copy of the journal, which shares the folder, may have
// removed as well.
func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
