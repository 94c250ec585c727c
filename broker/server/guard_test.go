package server

import (
	"errors"
	"syscall"
	"testing"

	"bcp/broker"
	"bcp/journal"
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

// crammed is a journal in a process that can open no file more.
type crammed struct{ broker.Archive }

func (crammed) Body(journal.ID) ([]byte, error) { return nil, syscall.EMFILE }

// Peers that have taken all descriptors don't end the broker by asking for a body.
func TestArchiveWithoutDescriptors(t *testing.T) {
	a := &archive{Archive: crammed{}}
	if _, err := a.Body(journal.ID{1}); !errors.Is(err, syscall.EMFILE) || a.failed != nil {
		t.Errorf("Body returned %v, and the archive has failed with %v", err, a.failed)
	}
}
