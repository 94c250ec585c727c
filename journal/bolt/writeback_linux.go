package bolt

import (
	"os"
	"syscall"
)

// startWriting is SYNC_FILE_RANGE_WRITE.
const startWriting = 2

// writeThrough writes data into a file, and has the disk begin with it while the next is on
// its way into the page cache: then a sync has less to wait for.
func writeThrough(f *os.File, data []byte, at int64) error {
	if _, err := f.WriteAt(data, at); err != nil {
		return err
	}
	// Where that isn't possible the sync does it all.
	_ = syscall.SyncFileRange(int(f.Fd()), at, int64(len(data)), startWriting)
	return nil
}

// syncData makes the bytes and the size of a file durable, and not its times.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
