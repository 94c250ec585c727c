package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

// What a process may have is the least of what any of the groups around it may.
func TestGroupsLimit(t *testing.T) {
	root := t.TempDir()
	for path, text := range map[string]string{
		"system.slice":                      "4096\n",
		"system.slice/bcp.service":          "max\n",
		"system.slice/bcp.service/inner":    "8192\n",
		"system.slice/tight.service":        "2048\n",
		"system.slice/unlimited.service":    "max\n",
		"user.slice/user-0.slice/some.unit": "max\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path, "memory.max"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
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
	if err := os.WriteFile(filepath.Join(root, "memory.max"), []byte("1024\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, groups := range []string{"0::/\n", "0::/system.slice/docker-1.scope\n", "0::/../up\n"} {
		if got := groupsLimit(root, groups); got != 1024 {
			t.Errorf("%q in a container: %d", groups, got)
		}
	}
}
