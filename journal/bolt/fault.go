package bolt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"go.etcd.io/bbolt"

	"bcp/journal"
	"bcp/journal/bolt/tree"
)

// readable runs fn, which reads the mapped file. Memory of the file that the disk
// doesn't deliver faults, as memory does that a damaged page points to; but that is not
// damage, and may be there when the disk is back.
func readable(tx *bbolt.Tx, fn func() error) (err error) {
	from, size := tx.DB().Info(), uintptr(tx.Size())
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		fault, ok := p.(interface{ Addr() uintptr }) // a runtime.Error under debug.SetPanicOnFault
		if !ok || fault.Addr()-from.Data >= size {
			panic(p)
		}
		err = fmt.Errorf("read page %d: %w", (fault.Addr()-from.Data)/uintptr(from.PageSize), syscall.EIO)
	}()
	return fn()
}

// delivered tells whether the disk delivers the two pages with which the engine begins every
// transaction, and one of them is valid: it reads them while it has itself locked, and would stay
// so after a fault, or a panic.
func (f *files) delivered() error {
	err := tree.CheckMetas(f.image, f.pageSize)
	if errors.Is(err, tree.ErrDamaged) {
		return damage(err)
	}
	if errors.Is(err, io.EOF) { // the kernel tells of such memory in the same way
		err = &fs.PathError{Op: "read", Path: f.image.Name(), Err: syscall.EIO}
	}
	if err != nil {
		return fmt.Errorf("read the meta pages: %w", err)
	}
	return nil
}

// looked runs fn, which looks at pages that bbolt may panic about. Then that look alone fails, and
// not the transaction.
func looked(tx *bbolt.Tx, fn func() error) error {
	return guarded(func() error { return readable(tx, fn) })
}

// pageError is that of a page in which nothing can be looked up.
type pageError struct{ error }

func (e pageError) Unwrap() error { return e.error }

// ways lead through the tables as of when a transaction began, in the place of the engine's: it
// follows damaged branches until the memory is full.
type ways struct {
	file    *tree.File
	cursors map[string]*tree.Cursor // in which entries are looked up
}

func newWays(tx *bbolt.Tx) *ways { return &ways{treeOf(tx), make(map[string]*tree.Cursor)} }

// in returns the cursor of a bucket: it is where the latest who asked has moved it.
func (w *ways) in(bucket []byte) (c *tree.Cursor, err error) {
	if c = w.cursors[string(bucket)]; c != nil {
		return c, nil
	}
	if c, err = w.file.Cursor(string(bucket)); err == nil {
		w.cursors[string(bucket)] = c
	}
	return c, damage(err)
}

// find looks an entry up, nil if there is none.
func (w *ways) find(bucket, key []byte) ([]byte, error) {
	c, err := w.in(bucket)
	if err != nil {
		return nil, err
	}
	value, err := c.Find(key)
	return value, damage(err)
}

// get is find for who goes on behind damage.
func (s snapshot) get(bucket, key []byte) (value []byte, err error) {
	err = looked(s.tx, func() (err error) {
		value, err = s.ways.find(bucket, key)
		return err
	})
	if errors.Is(err, journal.ErrCorrupt) {
		err = pageError{err}
	}
	return value, err
}

// andThen returns err, or that of the first that fails of what comes after it.
func andThen(err error, next ...func() error) error {
	for _, fn := range next {
		if err == nil {
			err = fn()
		}
	}
	return err
}
