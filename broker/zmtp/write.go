//go:build !windows

package zmtp

import "syscall"

// tryWrite writes what the kernel takes at once.
func tryWrite(fd uintptr, b []byte) (int, error) { return syscall.Write(int(fd), b) }
