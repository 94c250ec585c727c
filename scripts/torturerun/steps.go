package main

import (
	"context"
	"fmt"
	"os/exec"
	"sync"
)

// callSorts are the system calls at which a broker is killed: everything by which
// it changes a file, says something, or hears it. Not every machine has each.
var callSorts = []string{
	"pwrite64", "fdatasync", "ftruncate", "fsync", "openat", "renameat", "unlinkat", "close", "mmap", "flock",
	"write", "sendto", "recvfrom", "epoll_ctl", "accept4",
}

// sweep goes through the calls of each sort, the first, the second and so on, until
// a broker has lived through its round unharmed. Then it takes the next sort.
// Calls are counted for each thread of the broker.
type sweep struct {
	mu   sync.Mutex
	sort int
	nth  int
}

func newSweep() *sweep { return &sweep{nth: 1} }

// next returns where the next round kills.
func (s *sweep) next() (sort string, nth int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sort, nth = callSorts[s.sort], s.nth
	s.nth++
	return sort, nth
}

// survived goes on with the next sort of calls.
func (s *sweep) survived() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sort, s.nth = (s.sort+1)%len(callSorts), 1
}

func (s *sweep) round(ctx context.Context, r *rig) error {
	sort, nth := s.next()
	again := r.rand.IntN(2 * nth) // it is killed there while it recovers, now and then
	r.wrap = func(life int) []string {
		switch {
		case life == 0:
			return inject(sort, fmt.Sprintf("signal=KILL:when=%d", nth))
		case life == 1 && again > 0:
			return inject(sort, fmt.Sprintf("signal=KILL:when=%d", again))
		}
		return nil
	}
	if load(ctx, r, 16) == 1 {
		s.survived()
		return nil
	}
	r.fault()
	return nil
}

// load runs a small load with workers of this process, and checks. It returns how
// many lives the broker had.
func load(ctx context.Context, r *rig, tasks int) (lives int) {
	r.supervise(ctx)
	l := newLedger(r)
	l.run(ctx, tasks)
	r.stop()
	l.check()
	return r.lives
}

// errorRound has writes and syncs fail.
func errorRound(ctx context.Context, r *rig) error {
	sort := []string{"pwrite64", "fdatasync", "ftruncate", "mmap", "openat"}[r.rand.IntN(5)]
	code := []string{"EIO", "ENOSPC"}[r.rand.IntN(2)]
	until := []string{"", "+"}[r.rand.IntN(2)]
	nth := 1 + r.rand.IntN(60)
	r.wrap = func(life int) []string {
		if life > 0 {
			return nil
		}
		return inject(sort, fmt.Sprintf("error=%s:when=%d%s", code, nth, until))
	}
	r.fault()
	load(ctx, r, 16)
	return nil
}

// inject is the command line under which a program's system calls go wrong.
func inject(sort, how string) []string {
	return []string{
		"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + sort, "-e", "signal=none",
		"-e", "inject=" + sort + ":" + how, "--",
	}
}

// needStrace tells whether system calls can be made to fail here.
func needStrace() string {
	if err := exec.Command("strace", "-f", "-o", "/dev/null", "true").Run(); err != nil {
		return fmt.Sprintf("strace doesn't work here: %v", err)
	}
	return ""
}
