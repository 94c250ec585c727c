package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"
	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/migrations"
)

// Backup implements journal.Keeper. The large payloads are in a folder beside the
// copy, which is a journal like any other, and is verified when it is there.
//
// The journal goes on meanwhile. It can't use again what it frees until the copy is
// made, so its file grows by what is written in that time; and files of large
// payloads that nothing refers to any more are removed afterwards.
func (s *Store) Backup(ctx context.Context, path string, progress func(journal.Copied)) error {
	if err := s.catchUp(); err != nil {
		return err
	}
	c, err := newCopying(ctx, path, false, progress)
	if err != nil {
		return err
	}
	var damage error
	if err := c.finish(cmpErr(s.copyInto(c), func() (err error) { damage, err = c.damage(); return err })); err != nil {
		return err
	}
	return damage
}

// copyInto writes a copy as of one moment.
func (s *Store) copyInto(c *copying) error {
	s.blobs.hold()
	defer s.blobs.letGo()
	return s.viewLong(func(_ *files, tx *bbolt.Tx) error {
		ids, err := blobIDs(tx)
		if err != nil {
			return err
		}
		c.done.Total = tx.Size() + c.sizes(s.blobs.folder, ids)
		return c.run(func(w io.Writer) (int64, error) {
			n, err := tx.WriteTo(w)
			return n, cmpErr(err, func() error { return c.blank(regionIn(tx)) })
		}, s.blobs.folder, ids)
	})
}

// blank has a copy's log have nothing: commits go on while it is copied.
func (c *copying) blank(log region) error {
	_, err := c.fresh.WriteAt(make([]byte, log.size), log.from)
	return err
}

// BackupFile is Backup of the journal at from, which no broker may have open.
func BackupFile(ctx context.Context, from, path string, o Options, progress func(journal.Copied)) error {
	s, err := OpenReadOnly(from, o)
	if err != nil {
		return err
	}
	return errors.Join(s.Backup(ctx, path, progress), s.Close())
}

// damage tells what of a copy is not whole, before it has its name: a byte that was
// wrong in the journal is wrong in its copy, which is of use all the same.
func (c *copying) damage() (damage, err error) {
	problems, first, err := problemsOf(c.ctx, c.fresh.Name(), BlobFolder(c.path))
	if problems > 0 {
		damage = fmt.Errorf("%w: %s was written, and has %d problems as the journal has; the first is %s", journal.ErrCorrupt, c.path, problems, first)
	}
	return damage, err
}

// problemsOf verifies a file whose large payloads are in the folder, and returns how
// many problems it has, and the first. One looks at a time: beside a broker, as a rule.
func problemsOf(ctx context.Context, path, folder string) (n uint64, first string, err error) {
	checked, err := verifyOlder(ctx, path, folder, path, 1, func(p journal.Problem) {
		if first == "" && !p.Note {
			first = p.String()
		}
	})
	return checked.Problems, first, err
}

// blobIDs lists the large payloads that a journal refers to.
func blobIDs(tx *bbolt.Tx) (ids []journal.ID, err error) {
	err = tx.Bucket(bucketBlobs).ForEach(func(key, _ []byte) error {
		id, err := idOf(key)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// copying is a journal that is being written beside its name. Its payloads come
// first, into the folder of that name, and then the file: so whatever file has the
// name is whole.
type copying struct {
	ctx      context.Context
	path     string
	replaces bool // a file of that name
	fresh    *os.File
	blobs    []string // files that were made
	made     bool     // the folder of the payloads, too
	failed   error    // of a write
	done     journal.Copied
	told     *teller // nil for nobody
}

func newCopying(ctx context.Context, path string, replaces bool, progress func(journal.Copied)) (*copying, error) {
	if _, err := os.Lstat(path); err == nil && !replaces {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, withoutName(path, err))
	}
	return &copying{ctx: ctx, path: path, replaces: replaces, fresh: fresh, told: newTeller(progress)}, nil
}

// run writes all of the copy, and syncs it.
func (c *copying) run(write func(io.Writer) (int64, error), folder string, ids []journal.ID) error {
	if err := c.copyBlobs(folder, ids); err != nil {
		return err
	}
	_, err := write(c)
	if err := cmp.Or(c.failed, err); err != nil { // bbolt's own says less
		return err
	}
	return c.fresh.Sync()
}

// Write is for the file: it counts, and ends with the context.
func (c *copying) Write(data []byte) (int, error) {
	if c.failed = c.ctx.Err(); c.failed != nil {
		return 0, c.failed
	}
	n, err := c.fresh.Write(data)
	c.failed = err
	c.count(int64(n))
	return n, err
}

func (c *copying) count(n int64) {
	c.done.Bytes += n
	c.told.tell(c.done)
}

func (c *copying) sizes(folder string, ids []journal.ID) (n int64) {
	for _, id := range ids {
		if info, err := os.Stat(filepath.Join(folder, id.String())); err == nil {
			n += info.Size()
		}
	}
	return n
}

// copyBlobs gives the copy its large payloads.
func (c *copying) copyBlobs(folder string, ids []journal.ID) error {
	to := BlobFolder(c.path)
	if len(ids) == 0 || filepath.Clean(to) == filepath.Clean(folder) {
		return nil
	}
	err := os.Mkdir(to, 0o700)
	if c.made = err == nil; err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, id := range ids {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if err := c.copyBlob(filepath.Join(folder, id.String()), filepath.Join(to, id.String()), id); err != nil {
			return fmt.Errorf("large payload %s: %w", id, err)
		}
	}
	// The folder's own name is durable before a journal has one that refers to what is in it.
	return errors.Join(migrations.SyncFolder(to), migrations.SyncFolder(filepath.Dir(to)))
}

// copyBlob makes a link to a payload, which never changes; where that isn't possible
// it makes a copy. One that is there and whole is the same one: their names are unique.
// One that is not whole is what is left of a copy that was cut off, or has rotted.
func (c *copying) copyBlob(from, to string, id journal.ID) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	defer func() { c.count(info.Size()) }()
	err = os.Link(from, to)
	if errors.Is(err, fs.ErrExist) {
		if isWholeBlob(to, id, info.Size()) {
			return nil
		}
		return copyFile(from, to)
	}
	if err != nil {
		err = copyFile(from, to)
	}
	c.blobs = append(c.blobs, to)
	return err
}

// isWholeBlob tells whether the file is the one of this payload, of so many bytes.
func isWholeBlob(path string, id journal.ID, size int64) bool {
	sealed, err := os.ReadFile(path)
	if err == nil {
		_, err = journal.OpenBlob(id, sealed)
	}
	return err == nil && int64(len(sealed)) == size
}

// copyFile makes a copy that has its name when it is whole and synced, in the place of
// what may be there.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".new-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		_ = os.Remove(out.Name())
	}
	return err
}

// finish gives the copy its name, or after an error removes what there is of it. It
// returns when the last has been told.
func (c *copying) finish(err error) error {
	defer c.told.end()
	err = errors.Join(err, c.fresh.Close())
	if err == nil && c.replaces {
		err = os.Rename(c.fresh.Name(), c.path)
	} else if err == nil {
		err = errors.Join(os.Link(c.fresh.Name(), c.path), os.Remove(c.fresh.Name()))
	}
	if err == nil {
		return migrations.SyncFolder(filepath.Dir(c.path))
	}
	_ = os.Remove(c.fresh.Name())
	for _, blob := range c.blobs {
		_ = os.Remove(blob)
	}
	if c.made {
		_ = os.Remove(BlobFolder(c.path))
	}
	return fmt.Errorf("write %s: %w", c.path, withoutName(c.path, err))
}

// listBlobs lists the files of large payloads in a folder, which may not be there.
func listBlobs(folder string) (ids []journal.ID, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		if id, err := ulid.ParseStrict(entry.Name()); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
