package bolt

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A process that may have fewer addresses than are reserved for a journal is told that.
func TestOpenWithoutAddresses(t *testing.T) {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		t.Fatal(err)
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &was); err != nil {
		t.Fatal(err)
	}
	limit := syscall.Rlimit{Cur: pages*uint64(os.Getpagesize()) + mapRoom/2, Max: was.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &limit); err != nil {
		t.Fatal(err)
	}
	_, err = Open(filepath.Join(t.TempDir(), "bcp.db"), Options{})
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &was); err != nil {
		t.Fatal(err)
	}
	if err == nil || !strings.HasSuffix(err.Error(), "bcp.db: cannot allocate memory: for the file, and 16.0 GiB more where it is written to, addresses are reserved, and no memory (ulimit -v)") {
		t.Error(err)
	}
}
