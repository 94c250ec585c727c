package server

import (
	"syscall"
	"testing"
)

// Also when peers have taken all descriptors the memory can be looked at.
func TestGuardLooksWithoutDescriptors(t *testing.T) {
	g, err := newGuard(1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.close()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := g.held(); err != nil {
			t.Error(err)
		}
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
}
