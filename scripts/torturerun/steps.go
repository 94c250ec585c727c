package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// calls are the system calls at which a broker is killed: everything by which it
// changes a file, says something, or hears it. Not every machine has each.
var calls = []string{
	"pwrite64", "fdatasync", "ftruncate", "fallocate", "fsync", "openat", "mkdirat", "renameat", "unlinkat", "close", "mmap", "flock",
	"write", "sendto", "recvfrom", "epoll_ctl", "accept4",
}

// kills are the injections that kill a program at each of these calls.
func kills(calls []string) (all []injection) {
	for _, call := range calls {
		all = append(all, injection{call: call, effect: "signal=KILL"})
	}
	return all
}

// stepping kills a broker at each of its steps.
type stepping struct{ *sweep }

func newStepping() *stepping { return &stepping{newSweep(kills(calls))} }

// round kills the broker at the next point, and now and then once more while it
// recovers. In every other round it forgets what has ended at once.
func (s *stepping) round(ctx context.Context, r *rig) error {
	t, err := s.next(r)
	if err != nil {
		return err
	}
	again := r.rand.IntN(2 * t.nth)
	r.wrap = func(life int) []string {
		log := filepath.Join(r.dir, fmt.Sprintf("strace-%d", life))
		switch {
		case life == 0:
			return t.at(t.nth, log)
		case life == 1 && again > 0:
			return t.at(again, log)
		}
		return nil
	}
	forgets := t.nth%2 == 0
	if forgets {
		r.args = []string{"--keep-ended", "1ms", "--keep-keys", "1h"}
	}
	lives := load(ctx, r, 16, func(l *ledger) { l.forgets = forgets })
	s.done(r, t, lives > 1)
	if lives > 1 {
		r.fault()
	}
	return nil
}

// load runs a small load with workers of this process, and checks, with a ledger that is
// prepared for that. It returns how many lives the broker had.
func load(ctx context.Context, r *rig, tasks int, prepare func(*ledger)) (lives int) {
	r.supervise(ctx)
	l := newLedger(r)
	prepare(l)
	l.run(ctx, tasks)
	r.stop()
	l.check()
	return r.lives
}

// noSpace is the effect of a full disk.
const noSpace = "error=ENOSPC"

// failures are the injections that have a call fail.
func failures() (all []injection) {
	for _, call := range []string{"pwrite64", "fdatasync", "fsync", "ftruncate", "fallocate", "mmap", "openat"} {
		for _, effect := range []string{"error=EIO", noSpace} {
			for _, onward := range []bool{false, true} {
				all = append(all, injection{call, effect, onward})
			}
		}
	}
	return all
}

// failing has writes and syncs fail.
type failing struct{ *sweep }

func newFailing() *failing { return &failing{newSweep(failures())} }

// errorMax is up to which of its calls a broker is let come in a round that takes any:
// most get there.
const errorMax = 6

// round has a call fail: in a long run the next one, else any.
func (f *failing) round(ctx context.Context, r *rig) error {
	t := turn{injection: f.all[r.rand.IntN(len(f.all))], nth: 1 + r.rand.IntN(errorMax)}
	if r.long {
		var err error
		if t, err = f.next(r); err != nil {
			return err
		}
	}
	r.wrap = func(life int) []string {
		if life > 0 {
			return nil
		}
		return t.at(t.nth, filepath.Join(r.dir, "strace-0"))
	}
	load(ctx, r, 16, func(l *ledger) {
		l.full = t.effect == noSpace
		l.small = l.full && t.onward // else a long result would wait for room for ever
	})
	hit := r.injected()
	f.done(r, t, hit)
	if hit {
		r.fault()
	}
	return nil
}

// needStrace tells whether system calls can be made to fail here.
func needStrace() string {
	if err := exec.Command("strace", "-f", "-o", "/dev/null", "true").Run(); err != nil {
		return fmt.Sprintf("strace doesn't work here: %v", err)
	}
	return ""
}
