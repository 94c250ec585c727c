package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// trial is a way to break the broker, again and again.
type trial struct {
	name  string
	about string
	needs func() string // why it can't be done on this machine, "" if it can
	round func(ctx context.Context, r *rig) error
}

// trials returns all trials, each with what it remembers from round to round.
func trials() []trial {
	return []trial{
		{"sim", "lives of the simulator, with all its faults at once", nothing, simRound},
		{"kill", "kill -9 of the broker and of workers, at any moment", nothing, killRound},
		{"steps", "kill -9 at the Nth system call of a sort, also while it recovers", needStrace, newStepping().round},
		{"errors", "EIO and ENOSPC at the Nth write or sync, once and for good", needStrace, newFailing().round},
		{"power", "power cuts: the file system is shut down, and mounted again", needMount, powerRound},
		{"files", "kill -9 of backup, compact, restore, export and import, and of the broker meanwhile", nothing, filesRound},
		{"full", "a disk of 8 MiB fills up, with tasks and with the file of somebody else", needMount, fullRound},
		{"peers", "peers that say what no peer would, while others work", nothing, peersRound},
		{"fuzz", "inputs that nobody writes, for everything that decodes; its faults are the inputs", needGo, newFuzzing().round},
		{"net", "the line to the broker's host is cut, whole or one way, or loses packets, or its connections are half open", needHosts, netRound},
		{"deaf", "a client and a worker never read what they are sent, and it is much", nothing, deafRound},
		{"crowd", "connections come and go by the thousand", nothing, crowdRound},
		{"scarce", "connections come by the thousand, and the broker has no descriptors for them", nothing, scarceRound},
		{"rot", "one byte of a journal flipped, each in turn, also of one that a kill has left, and read", nothing, rotRound},
		{"freeze", "SIGSTOP of the broker and of workers, for longer than anybody waits", nothing, freezeRound},
	}
}

func nothing() string { return "" }

// row is what came of a trial.
type row struct {
	trial
	tally
	skipped string
	took    time.Duration
}

// errThrough tells that a trial has gone through all that there is.
var errThrough = errors.New("there is nothing left to break")

// running is a trial while it runs, in some rounds side by side.
type running struct {
	settings
	trial trial
	say   func(string)
	until time.Time

	mu      sync.Mutex
	begun   int  // rounds
	through bool // no further one begins
	row     row
}

// runTrial runs rounds until the time is over, but at least one.
func runTrial(ctx context.Context, t trial, s settings, say func(string)) (row, error) {
	r := &running{settings: s, trial: t, say: say, until: time.Now().Add(s.limit), row: row{trial: t, skipped: t.needs()}}
	if r.row.skipped != "" {
		return r.row, nil
	}
	began, failed := time.Now(), make([]error, max(s.beside, 1))
	var lanes sync.WaitGroup
	for i := range failed {
		lanes.Go(func() { failed[i] = r.lane(ctx) })
	}
	lanes.Wait()
	r.row.took = time.Since(began)
	return r.row, errors.Join(failed...)
}

// lane runs one round after the other.
func (r *running) lane(ctx context.Context) error {
	for {
		seed, ok := r.next(ctx)
		if !ok {
			return nil
		}
		if err := r.round(ctx, seed); err != nil {
			return r.finish(err)
		}
	}
}

// next returns the seed of one more round, if there is to be one.
func (r *running) next(ctx context.Context) (seed uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil || r.through || r.begun > 0 && time.Now().After(r.until) {
		return 0, false
	}
	r.begun++
	return r.seed + uint64(r.begun-1), true
}

// finish has no further round begin after an error. That the trial has gone through all that
// there is, is none, and is told once.
func (r *running) finish(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.through
	r.through = true
	if !errors.Is(err, errThrough) {
		return err
	}
	if first {
		r.say(fmt.Sprintf("%s: %v\n", r.trial.name, err))
	}
	return nil
}

// round runs one round, and keeps its folder if it found something.
func (r *running) round(ctx context.Context, seed uint64) error {
	rig, err := newRig(r.settings, seed)
	if err != nil {
		return err
	}
	rig.say = r.say
	err = r.trial.round(ctx, rig)
	if errors.Is(err, errThrough) || ctx.Err() != nil { // what was seen of a round that was cut short means nothing
		return errors.Join(err, os.RemoveAll(rig.dir))
	} else if err != nil {
		return err
	}
	rig.tally.rounds = 1
	r.mu.Lock()
	defer r.mu.Unlock()
	r.row.add(rig.tally)
	if len(rig.tally.findings) > 0 {
		r.say(findings(r.trial.name, seed, rig))
		return nil
	}
	return os.RemoveAll(rig.dir)
}
