package main

import (
	"context"
	"os"
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
		{"steps", "kill -9 at the Nth system call of a sort, also while it recovers", needStrace, newSweep().round},
		{"errors", "EIO and ENOSPC at the Nth write or sync, once and for good", needStrace, errorRound},
		{"power", "power cuts: the file system is shut down, and mounted again", needMount, powerRound},
		{"full", "a disk of 8 MiB fills up, with tasks and with the file of somebody else", needMount, fullRound},
		{"peers", "peers that say what no peer would, while others work", nothing, peersRound},
		{"fuzz", "inputs that nobody writes, for everything that decodes; its faults are the inputs", needGo, newFuzzing().round},
		{"net", "the line to the broker's host is cut, whole or one way, or loses packets, or its connections are half open", needHosts, netRound},
		{"deaf", "a client and a worker never read what they are sent, and it is much", nothing, deafRound},
		{"crowd", "connections come and go by the thousand", nothing, crowdRound},
		{"rot", "one byte of a journal flipped, each in turn, and read", nothing, rotRound},
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

// runTrial runs rounds until the time is over, but at least one.
func runTrial(ctx context.Context, t trial, bin string, seed uint64, limit time.Duration, say func(string)) (row, error) {
	result := row{trial: t, skipped: t.needs()}
	began := time.Now()
	for result.skipped == "" && ctx.Err() == nil && (result.rounds == 0 || time.Since(began) < limit) {
		r, err := newRig(bin, seed)
		if err != nil {
			return result, err
		}
		if err := t.round(ctx, r); err != nil {
			return result, err
		}
		if ctx.Err() != nil {
			break // what was seen of a round that was cut short means nothing
		}
		r.tally.rounds = 1
		result.add(r.tally)
		if len(r.tally.findings) > 0 {
			say(findings(t.name, seed, r))
		} else if err := os.RemoveAll(r.dir); err != nil {
			return result, err
		}
		seed++
	}
	result.took = time.Since(began)
	return result, nil
}
