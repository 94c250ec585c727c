package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
)

// What a process may have is the least of what any of the groups around it may.
func TestGroupsLimit(t *testing.T) {
	root := t.TempDir()
	writeLimits(t, root, "memory.max", map[string]string{
		"system.slice":                      "4096\n",
		"system.slice/bcp.service":          "max\n",
		"system.slice/bcp.service/inner":    "8192\n",
		"system.slice/tight.service":        "2048\n",
		"system.slice/unlimited.service":    "max\n",
		"user.slice/user-0.slice/some.unit": "max\n",
	})
	for groups, want := range map[string]int64{
		"0::/system.slice/bcp.service/inner\n":                         4096,
		"0::/system.slice/tight.service\n":                             2048,
		"1:name=systemd:/\n0::/system.slice/bcp.service\n":             4096,
		"0::/user.slice/user-0.slice/some.unit\n":                      math.MaxInt64,
		"0::/not/to/be/seen\n":                                         math.MaxInt64,
		"0::/\n":                                                       math.MaxInt64,
		"12:memory:/system.slice/tight.service\n1:cpu:/system.slice\n": math.MaxInt64,
		"": math.MaxInt64,
	} {
		if got := groupsLimit(root, groups); got != want {
			t.Errorf("%q: %d, want %d", groups, got, want)
		}
	}

	// In a container, the root is its own group.
	writeLimits(t, root, "memory.max", map[string]string{"": "1024\n"})
	for _, groups := range []string{"0::/\n", "0::/system.slice/docker-1.scope\n", "0::/../up\n"} {
		if got := groupsLimit(root, groups); got != 1024 {
			t.Errorf("%q in a container: %d", groups, got)
		}
	}
}

// Control groups of version 1 have a hierarchy for memory, alone or with others.
func TestGroupsLimitOfVersion1(t *testing.T) {
	root := t.TempDir()
	const none = "9223372036854771712\n"
	writeLimits(t, filepath.Join(root, "memory"), "memory.limit_in_bytes", map[string]string{
		"": none, "slice": "4096\n", "slice/bcp": none, "slice/tight": "2048\n", "free": none,
	})
	for groups, want := range map[string]int64{
		"2:cpu,cpuacct:/slice/tight\n9:memory:/slice/bcp\n1:name=systemd:/slice/tight\n0::/slice/tight\n": 4096,
		"3:hugetlb,memory:/slice/tight\n": 2048,
		"9:memory:/free\n":                9223372036854771712,
		"9:cpu:/slice/tight\n":            math.MaxInt64,
	} {
		if got := groupsLimit(root, groups); got != want {
			t.Errorf("%q: %d, want %d", groups, got, want)
		}
	}
	writeLimits(t, filepath.Join(root, "memory"), "memory.limit_in_bytes", map[string]string{"": "1024\n"})
	if got := groupsLimit(root, "9:memory:/docker/1234\n"); got != 1024 {
		t.Errorf("in a container: %d", got)
	}
}

// writeLimits writes the file of that name of each group below a root.
func writeLimits(t *testing.T, root, name string, limits map[string]string) {
	t.Helper()
	for path, text := range limits {
		if err := os.MkdirAll(filepath.Join(root, path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The collector is told what Go memory may take, unless somebody has told it before.
func TestBoundHeap(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	t.Setenv("GOMEMLIMIT", "")
	half := halfOfMemory()
	for peers, want := range map[int64]int64{0: half / 2 * 3, half: half / 2 * 3, 2 * half: 3 * half} {
		boundHeap(peers)
		if got := debug.SetMemoryLimit(-1) - heapFloor; got != want {
			t.Errorf("of %d bytes for messages: %d, want %d", peers, got, want)
		}
	}
	t.Setenv("GOMEMLIMIT", "1GiB")
	debug.SetMemoryLimit(1 << 30)
	boundHeap(half)
	if got := debug.SetMemoryLimit(-1); got != 1<<30 {
		t.Errorf("%d, though it was told 1 GiB", got)
	}
}
