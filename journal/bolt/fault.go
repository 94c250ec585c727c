package bolt

import (
	"fmt"
	"syscall"

	"go.etcd.io/bbolt"
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

// andThen returns err, or that of the first that fails of what comes after it.
func andThen(err error, next ...func() error) error {
	for _, fn := range next {
		if err == nil {
			err = fn()
		}
	}
	return err
}
