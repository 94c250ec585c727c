package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
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

// boundHeap has the collector keep all that is in Go memory, with its garbage, within one and a
// half times what messages on their way may take of it: left alone, it lets the garbage become as
// much as all else. The heap's floor counts besides, for it takes no memory. Who sets $GOMEMLIMIT
// knows better.
func boundHeap(peerMemory int64) {
	messages := max(peerMemory, halfOfMemory())
	if messages > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(messages/2*3 + heapFloor)
	}
}

// groupsLimit returns what the control groups of a process leave it of the memory: the
// least that its own may have, or one around it. Root is where they are mounted, groups
// tells which ones it is in: of version 2 as "0::/system.slice/bcp.service", of version 1,
// where memory has a hierarchy of its own, as "9:memory:/system.slice/bcp.service".
func groupsLimit(root, groups string) int64 {
	limit := int64(math.MaxInt64)
	for line := range strings.Lines(groups) {
		number, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, _ := strings.Cut(rest, ":")
		switch {
		case number == "0" && controllers == "":
			limit = min(limit, leastLimit(root, path, "memory.max"))
		case slices.Contains(strings.Split(controllers, ","), "memory"):
			limit = min(limit, leastLimit(filepath.Join(root, "memory"), path, "memory.limit_in_bytes"))
		}
	}
	return limit
}

// leastLimit returns the least that a group or one around it has in its file of that name. The
// root of all has no limit, but that of a container, which is one of the machine's groups.
func leastLimit(root, path, name string) int64 {
	limit := int64(math.MaxInt64)
	for group := filepath.Join("/", path); ; group = filepath.Dir(group) {
		text, _ := os.ReadFile(filepath.Join(root, group, name)) // not everywhere, and then it may say max
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
			limit = min(limit, n)
		}
		if group == "/" {
			return limit
		}
	}
}
