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
	"strings"

	"github.com/oklog/ulid/v2"

	"bcp/journal"
)

// copying is a journal that is being written beside its name. Its payloads get theirs
// first, in the folder that goes with the name, and then the file: so whatever file has the
// name is whole. Until then they are in a folder that goes with the file's own name, so that
// what a copy that was killed leaves is nobody else's. Those of a journal that is replaced may
// be the same: they go where it has them.
type copying struct {
	ctx      context.Context
	disk     Disk
	path     string
	replaces bool   // a file of that name
	foreign  bool   // the payloads are a backup's, which somebody may have put there just now
	owner    *owner // whose that file is, nil if there is none
	fresh    *os.File
	folder   string   // of the payloads, before they have their names
	blobs    []string // files that were made
	made     bool     // the folder of the payloads, too
	failed   error    // of a write
	done     journal.Copied
	told     *teller // nil for nobody
}

func newCopying(ctx context.Context, disk Disk, path string, replaces bool, progress func(journal.Copied)) (*copying, error) {
	there := isThere(path)
	if there && !replaces {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	fresh, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, withoutName(path, err))
	}
	folder := BlobFolder(fresh.Name())
	if there {
		folder = BlobFolder(path)
	}
	return &copying{ctx: ctx, disk: disk, path: path, replaces: replaces, owner: ownerOf(path), fresh: fresh, folder: folder, told: newTeller(progress)}, nil
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
	return c.disk.Sync(c.fresh)
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

// copyBlobs puts the large payloads of the copy into its folder.
func (c *copying) copyBlobs(folder string, ids []journal.ID) error {
	to := c.folder
	if filepath.Clean(to) == filepath.Clean(folder) {
		return nil
	}
	if err := checkLost(c.path, ids); err != nil || len(ids) == 0 {
		return err
	}
	err := c.owner.makeFolder(to)
	c.made = err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
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
	return errors.Join(c.disk.SyncFolder(to), c.disk.SyncFolder(filepath.Dir(to)))
}

// copyBlob makes a link to a payload, which never changes; where that isn't possible, or it
// isn't whose the journal is, it makes a copy. One that is there, whole and whose the journal
// is stays, for it is the same one: their names are unique. One that is not whole is what is
// left of a copy that was cut off, or has rotted.
func (c *copying) copyBlob(from, to string, id journal.ID) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	defer func() { c.count(info.Size()) }()
	err = os.Link(from, to)
	there := errors.Is(err, fs.ErrExist)
	if !there {
		c.blobs = append(c.blobs, to)
	}
	if err == nil && c.owner.owns(info) || there && c.has(to, id, info.Size()) {
		return c.syncForeign(to)
	}
	return copyFile(c.disk, from, to, c.owner)
}

// syncForeign makes a payload durable that somebody may have copied here without that.
func (c *copying) syncForeign(path string) error {
	if !c.foreign {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(c.disk.Sync(f), f.Close())
}

// has tells whether a payload is there, whole and that owner's.
func (c *copying) has(path string, id journal.ID, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && c.owner.owns(info) && isWholeBlob(path, id, size)
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
// what may be there, and belongs to the owner if there is one.
func copyFile(disk Disk, from, to string, of *owner) error {
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
	err = andThen(err, func() error { return of.give(out) }, func() error { return disk.Sync(out) })
	if err = errors.Join(err, out.Close()); err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		_ = os.Remove(out.Name())
	}
	return err
}

// problems verifies the copy before it has its name, and returns how many problems it has, and
// the first, with the names that are to be.
func (c *copying) problems() (n uint64, first string, err error) {
	v := newVerifier(c.ctx, func(p journal.Problem) {
		if first == "" && !p.Note {
			first = strings.ReplaceAll(p.String(), c.folder, BlobFolder(c.path))
		}
	}, nil)
	v.lookers = 1 // beside a broker, as a rule
	err = v.fileOrOlder(c.fresh.Name(), c.folder, c.fresh.Name())
	return v.checked.Problems, first, err
}

// finish gives the copy its name, or after an error removes what there is of it. It
// returns when the last has been told.
func (c *copying) finish(err error) error {
	defer c.told.end()
	err = andThen(errors.Join(err, c.fresh.Close()), c.giveName)
	_ = os.Remove(c.fresh.Name())
	if err != nil {
		err = fmt.Errorf("write %s: %w", c.path, names{c.fresh.Name(), c.path}.withoutName(err))
		c.removeBlobs()
		return err
	}
	if c.folder != BlobFolder(c.path) {
		c.removeBlobs() // which have their other names
	}
	if err = syncName(c.disk, c.path); err != nil {
		err = fmt.Errorf("write %s: %w", c.path, err)
	}
	return err
}

// syncName makes durable that a copy has its name.
func syncName(disk Disk, path string) error {
	if err := disk.SyncFolder(filepath.Dir(path)); err != nil {
		return fmt.Errorf("it is there and whole, but a power failure may take it away again: %w", err)
	}
	return nil
}

func (c *copying) giveName() error {
	if c.folder == BlobFolder(c.path) {
		return c.nameFile()
	}
	return giveNames(c.ctx, c.disk, c.folder, c.path, c.nameFile)
}

func (c *copying) nameFile() error {
	if c.replaces {
		return os.Rename(c.fresh.Name(), c.path)
	}
	return os.Link(c.fresh.Name(), c.path)
}

// giveNames gives the large payloads in a folder names beside path as well, and then the
// file its own. After an error they lose them again, but where another file has that name by
// now: its journal may need them, and its opening removes what it doesn't.
func giveNames(ctx context.Context, disk Disk, from, path string, file func() error) error {
	named := linking(ctx, disk, path)
	err := andThen(named.takeAll(from), ctx.Err, file)
	if err != nil && !isThere(path) {
		named.removeBlobs()
	}
	return err
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// linkBlobs gives the large payloads in a folder names beside path as well.
func linkBlobs(disk Disk, from, path string) error {
	return linking(context.Background(), disk, path).takeAll(from)
}

func linking(ctx context.Context, disk Disk, path string) *copying {
	return &copying{ctx: ctx, disk: disk, path: path, owner: ownerOf(path), folder: BlobFolder(path)}
}

func (c *copying) takeAll(from string) error {
	ids, err := listBlobs(from)
	if err != nil || len(ids) == 0 {
		return err
	}
	return c.copyBlobs(from, ids)
}

// removeBlobs removes the files of payloads that were made, and their folder if it was.
func (c *copying) removeBlobs() {
	for _, blob := range c.blobs {
		_ = os.Remove(blob)
	}
	if c.made {
		_ = os.Remove(c.folder)
	}
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
