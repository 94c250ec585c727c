//go:build amd64 || arm64

package bolt

import "syscall"

// willNeed is POSIX_FADV_WILLNEED: the kernel begins to read and nobody waits for it.
const willNeed = 3

// Ahead implements tree.Aheader. If the system can't read ahead, reading takes longer; so
// errors are ignored.
func (p pageFile) Ahead(offset, bytes int64) {
	_, _, _ = syscall.Syscall6(syscall.SYS_FADVISE64, p.Fd(), uintptr(offset), uintptr(bytes), willNeed, 0, 0)
}
