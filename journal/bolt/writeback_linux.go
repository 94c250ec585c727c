package bolt

import (
	"os"
	"syscall"
)

// startWriting is SYNC_FILE_RANGE_WRITE.
const startWriting = 2

// writeBytes is how much of a payload is handed to the disk at a time, while the next
// piece is on its way into the page cache.
const writeBytes = 1 << 20

// writeThrough appends data to a file, and has the disk begin with it: then a sync has
// less to wait for.
func writeThrough(f *os.File, data []byte) error {
	for at := 0; at < len(data); at += writeBytes {
		piece := data[at:min(at+writeBytes, len(data))]
		if _, err := f.Write(piece); err != nil {
			return err
		}
		// Where that isn't possible the sync does it all.
		_ = syscall.SyncFileRange(int(f.Fd()), int64(at), int64(len(piece)), startWriting)
	}
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
