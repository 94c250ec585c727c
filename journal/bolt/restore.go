package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bcp/journal"
)

// ErrDamagedBackup tells that a backup was not restored because it is damaged.
var ErrDamagedBackup = errors.New("the backup is damaged")

// RestoreOptions say how a backup is restored.
type RestoreOptions struct {
	// Replace says that the backup may replace a journal, which is then kept under another
	// name.
	Replace bool

	// Found is called with each problem of the backup, Copied with the progress of the copy.
	// Either may be nil.
	Found  func(journal.Problem)
	Copied func(journal.Copied)

	// Disk makes durable what is written; nil: the operating system does.
	Disk Disk
}

// Restore makes the backup the journal at path. It verifies the backup first: if it is
// damaged nothing is changed, and the error wraps ErrDamagedBackup. The copy is verified as
// well, before it gets its name. A backup of an older schema is restored as it is, provided
// that a migration of it gives a whole journal (see older.go).
//
// If there is a journal at path, it is replaced only with Replace, and never while a broker
// has it open; without Replace the error wraps fs.ErrExist. Restore returns the name under
// which the replaced journal is kept, also with an error that happened after it was replaced.
func Restore(ctx context.Context, backup, path string, o RestoreOptions) (kept string, err error) {
	if o.Disk == nil {
		o.Disk = systemDisk{}
	}
	if err := andThen(notItself(backup, path), func() error { return checkPlace(backup, path, o.Replace) }); err != nil {
		return "", err
	}
	if err := checkBackup(ctx, backup, path, o.Found); err != nil {
		return "", err
	}
	if o.Replace {
		release, name, err := keepReplaced(o.Disk, path)
		if err != nil {
			return "", err
		}
		defer release()
		kept = name
	}
	c, err := newCopying(ctx, o.Disk, path, kept != "", o.Copied) // what has come since is locked by nobody, and not kept
	if err == nil {
		c.foreign = true
		err = c.finish(andThen(c.keepOwner(), func() error { return c.fill(backup) }, c.checkFresh))
	}
	if err != nil && dropKept(path, kept) {
		kept = ""
	}
	return kept, err
}

// notItself refuses a backup that is the journal itself.
func notItself(backup, path string) error {
	of, err := os.Stat(backup)
	if err != nil {
		return nil // told with what else is wrong with it
	}
	if there, err := os.Stat(path); err == nil && os.SameFile(of, there) {
		return fmt.Errorf("restore %s: it is the journal itself, and no backup of it", path)
	}
	return nil
}

// checkPlace refuses the place of what is no journal, of a journal that is not to be
// replaced, and of one that has lost its file.
func checkPlace(backup, path string, replace bool) error {
	f, err := openRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return checkPlaceFree(backup, path)
	}
	if err == nil {
		err = errors.Join(checkIsJournal(f), f.Close())
	}
	switch {
	case errors.Is(err, errEmpty):
		return fmt.Errorf("restore %s: %w: it is empty; remove it, and restore again", path, journal.ErrForeign)
	case errors.Is(err, journal.ErrForeign):
		return fmt.Errorf("restore %s: %w; only a journal is replaced: move it away, or give another name", path, err)
	case err != nil:
		return fmt.Errorf("restore %s: %w", path, err)
	case !replace:
		return fmt.Errorf("restore %s: %w", path, fs.ErrExist)
	}
	return nil
}

// checkPlaceFree refuses the place of payloads that a backup doesn't have, and of a link that
// leads nowhere.
func checkPlaceFree(backup, path string) error {
	ids, err := listBlobs(BlobFolder(backup))
	if err = andThen(err, func() error { return checkFree(path, ids) }); err != nil {
		return fmt.Errorf("restore %s: %w", path, err)
	}
	return nil
}

// checkIsJournal tells of a file that is no journal. One that is damaged is a journal. So is
// what has the folder of large payloads beside it, though the pages that tell are gone: who
// moved it away alone would leave them to the next opening, which removes what its journal
// doesn't refer to. What a broker has open is one, and can't be looked at while it is written
// to.
func checkIsJournal(f *os.File) error {
	if err := lockShared(f, 0); err != nil {
		return nil
	}
	t, err := openTree(f)
	if err == nil {
		_, err = newImage(t)
	}
	if errors.Is(err, journal.ErrForeign) && !hasBlobFolder(f.Name()) {
		return err
	}
	return nil
}

func hasBlobFolder(path string) bool {
	info, err := os.Stat(BlobFolder(path))
	return err == nil && info.IsDir()
}

// checkFresh tells whether what was restored is as whole as the backup, before it has
// its name.
func (c *copying) checkFresh() error {
	problems, first, err := c.problems()
	if err == nil && problems > 0 {
		err = fmt.Errorf("%w: the copy has %d problems, and the backup has none; the first is %s", journal.ErrCorrupt, problems, first)
	}
	return err
}

// checkBackup verifies a backup that is to be restored to path.
func checkBackup(ctx context.Context, backup, path string, found func(journal.Problem)) error {
	v := newVerifier(ctx, found, nil)
	err := v.fileOrOlder(backup, BlobFolder(backup), path)
	if err == nil && v.checked.Problems > 0 {
		err = fmt.Errorf("%s: %w", backup, ErrDamagedBackup)
	}
	return err
}

// keepOwner has the copy belong to whom the journal belongs in whose place it comes, if
// there is one: a broker has to open what root has restored.
func (c *copying) keepOwner() error {
	err := sameOwner(c.path, c.fresh)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// fill writes a whole journal that is at rest, up to its highest page: behind that are a
// reserve and what bbolt has in store.
func (c *copying) fill(from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	t, err := openTree(in)
	if err != nil {
		return err
	}
	ids, err := listBlobs(BlobFolder(from))
	if err != nil {
		return err
	}
	used := io.NewSectionReader(in, 0, int64(t.Pages)*int64(t.PageSize))
	c.done.Total = used.Size() + c.sizes(BlobFolder(from), ids)
	return c.run(func(w io.Writer) (int64, error) { return io.Copy(w, used) }, BlobFolder(from), ids)
}

// keepReplaced gives the journal at path another name beside the one that it has, with
// its large payloads, and locks it against brokers until release. There may be none.
func keepReplaced(disk Disk, path string) (release func(), kept string, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return func() {}, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if err = lockForChange(f); err != nil {
		err = fmt.Errorf("replace journal %s: %w%s", path, journal.ErrLocked, lockHolder(path))
	} else if err = inPlace(path, f); err != nil {
		err = fmt.Errorf("replace journal %s: %w", path, err)
	} else if kept, err = linkReplaced(disk, path); err != nil {
		err = fmt.Errorf("keep the journal that is replaced: %w", err)
	}
	if err != nil {
		f.Close()
		return nil, "", err
	}
	return func() { f.Close() }, kept, nil
}

// linkReplaced gives the journal at path, with its large payloads, the first name of those
// that are kept which is free. The name is durable then, before another file has the journal's.
func linkReplaced(disk Disk, path string) (kept string, err error) {
	for n := 1; ; n++ {
		kept = fmt.Sprintf("%s.replaced-%d", path, n)
		if hasBlobFolder(kept) { // perhaps of one that has lost its file
			continue
		}
		if err = os.Link(path, kept); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return kept, err
	}
	err = andThen(linkBlobs(disk, BlobFolder(path), kept), func() error { return disk.SyncFolder(filepath.Dir(path)) })
	if err != nil {
		dropKept(path, kept)
	}
	return kept, err
}

// dropKept takes the other name from a journal again that has not been replaced, and tells
// whether that is so.
func dropKept(path, kept string) bool {
	is, err := os.Stat(path)
	was, keptErr := os.Stat(kept)
	if errors.Join(err, keptErr) != nil || !os.SameFile(is, was) {
		return false
	}
	_ = os.Remove(kept)
	_ = os.RemoveAll(BlobFolder(kept))
	return true
}
