package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"bcp/scripts/benchmark/internal/load"
)

// syncs is how often the disk is asked, for the median.
const syncs = 200

// lookAround describes what the figures depend on.
func lookAround(o *options) ([]condition, error) {
	sync, err := syncTime(o.dir)
	if err != nil {
		return nil, fmt.Errorf("measure fsync: %w", err)
	}
	var all []condition
	line := func(name, format string, args ...any) {
		all = append(all, condition{name, fmt.Sprintf(format, args...)})
	}
	line("date", "%s", time.Now().Format("2006-01-02 15:04:05 MST"))
	line("revision", "%s", o.revision)
	line("processor", "%d cores, %s", runtime.NumCPU(), processor())
	line("kernel", "Linux %s", content("/proc/sys/kernel/osrelease"))
	line("load", "%s before the first cell", content("/proc/loadavg"))
	line("journal", "%s, %s, fdatasync of 4 KiB: %v (median of %d)", o.dir, fileSystem(o.dir), sync.Round(time.Microsecond), syncs)
	line("software", "%s, libzmq %s", runtime.Version(), o.libzmq)
	line("tasks", "%d bytes, no result, no work; %d clients; workers of %d slots; durable before anything is told",
		o.shape.BodySize, o.shape.Clients, o.shape.Slots)
	line("cells", "lone tasks %v, then load %v after %v of warming up; medians of %d rounds, and ± half of their range", o.lone, o.load, o.warm, o.rounds)
	return all, nil
}

// syncTime measures how long the disk takes to make 4 KiB durable.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "bcp-bench-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	took := make([]time.Duration, syncs)
	for i := range took {
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		took[i] = time.Since(began)
	}
	return load.Percentile(took, 0.5), nil
}

// processor returns the model's name.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// content returns what a file of /proc says.
func content(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}

// fileSystem returns the type of the file system that the folder is on: that of
// the longest mount point above it.
func fileSystem(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "unknown"
	}
	mounts, err := os.Open("/proc/self/mounts")
	if err != nil {
		return "unknown"
	}
	defer mounts.Close()
	kind, longest := "unknown", 0
	for s := bufio.NewScanner(mounts); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) > 2 && len(fields[1]) >= longest && above(fields[1], dir) {
			kind, longest = fields[2], len(fields[1])
		}
	}
	if slices.Contains([]string{"tmpfs", "ramfs"}, kind) {
		kind += " (memory: nothing is durable here)"
	}
	return kind
}

func above(mount, dir string) bool {
	return mount == "/" || dir == mount || strings.HasPrefix(dir, mount+"/")
}
