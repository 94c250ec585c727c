package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"bcp/broker/wire"
)

// halfOfMemory returns half of what this machine has, or of what this process may
// have of it where that is less, but room for the largest body; 0 where nobody can say.
func halfOfMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	bytes := int64(info.Totalram) * int64(info.Unit)
	limit, _ := os.ReadFile("/sys/fs/cgroup/memory.max") // not everywhere, and then it says max
	if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil {
		bytes = min(bytes, n)
	}
	return max(bytes/2, wire.MaxBody)
}
