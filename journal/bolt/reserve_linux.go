package bolt

import (
	"os"
	"syscall"
)

// sectorBytes is the unit of Stat_t.Blocks, whatever the file system's is.
const sectorBytes = 512

// lookAtDisk asks for the file's disk. What only the superuser may use is not free.
func lookAtDisk(f *os.File) (disk, error) {
	var fs syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &fs); err != nil {
		return disk{}, err
	}
	var file syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &file); err != nil {
		return disk{}, err
	}
	unit := int64(fs.Bsize)
	return disk{size: int64(fs.Blocks) * unit, free: int64(fs.Bavail) * unit, allocated: file.Blocks * sectorBytes}, nil
}

// setAside has so many bytes allocated from the offset on. What of that can't be done is seen
// by who looks at the disk again, unless the error is one of a quota.
func (f *files) setAside(offset, bytes int64) error {
	return syscall.Fallocate(int(f.file.Fd()), 0, offset, bytes)
}
