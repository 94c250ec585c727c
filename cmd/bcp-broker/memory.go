package main

import (
	"math"
	"os"
	"path/filepath"
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
	groups, _ := os.ReadFile("/proc/self/cgroup") // not everywhere
	bytes := min(int64(info.Totalram)*int64(info.Unit), groupsLimit("/sys/fs/cgroup", string(groups)))
	return max(bytes/2, wire.MaxBody)
}

// groupsLimit returns what the control groups of a process leave it of the memory: the
// least that its own may have, or one around it. Root is where they are mounted, groups
// tells which one it is in, as "0::/system.slice/bcp.service". The root of all has no limit,
// but that of a container, which is one of the machine's groups.
func groupsLimit(root, groups string) int64 {
	_, path, _ := strings.Cut("\n"+groups, "\n0::")
	path, _, _ = strings.Cut(path, "\n")
	limit := int64(math.MaxInt64)
	for group := filepath.Join("/", path); ; group = filepath.Dir(group) {
		text, _ := os.ReadFile(filepath.Join(root, group, "memory.max")) // not everywhere, and then it may say max
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			limit = min(limit, n)
		}
		if group == "/" {
			return limit
		}
	}
}
