package main

import (
	"context"
	"strconv"
	"strings"

	"bcp/journal"
	"bcp/journal/bolt"
	"bcp/scripts/internal/process"
)

const (
	// peersMemoryMax is what libzmq may take in the broker of this trial.
	peersMemoryMax = 256 << 20

	// peersMemoryBound is what the broker may have in all: beside that what its Go
	// runtime has, and what comes between two looks.
	peersMemoryBound = 1 << 30
)

// peersRound has bad peers do what no peer would, while others work on.
func peersRound(ctx context.Context, r *rig) error {
	l, err := r.besieged(ctx, func(_ context.Context, a *attacker) {
		a.addresses = append(a.addresses, r.endpoint())
		a.all(r)
	}, "--peer-memory", strconv.Itoa(peersMemoryMax))
	if err != nil {
		return err
	}
	l.checkAlone()
	if r.tally.memory > peersMemoryBound {
		r.find("the broker had %d bytes of memory: %d are accepted", r.tally.memory, peersMemoryBound)
	}
	return nil
}

// besieged runs a load on a broker with these flags, which also listens at a TCP address.
// There somebody does to it what siege says, as long as that takes.
func (r *rig) besieged(ctx context.Context, siege func(context.Context, *attacker), flags ...string) (*ledger, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	r.args = append([]string{"--listen", address}, flags...)
	ctx, cancel := r.bounded(ctx)
	defer cancel()
	r.supervise(ctx)
	a, l := newAttacker(r, address), newLedger(r)
	l.runWhile(ctx, func() { siege(ctx, a) })
	r.stop()
	l.check()
	return l, nil
}

// all does every attack, in an order of its own, and kills the broker in between.
func (a *attacker) all(r *rig) {
	for n, i := range a.rand.Perm(len(attacks)) {
		if n == len(attacks)/2 {
			r.current().Kill()
		}
		r.fault()
		err := attacks[i].do(a)
		if err != nil {
			err = attacks[i].do(a) // what is cut for the last attack may be a connection of this one
		}
		if err != nil {
			r.find("%s: %v", attacks[i].name, err)
		}
	}
}

func freeAddress() (string, error) {
	port, err := process.FreePort()
	return "tcp://127.0.0.1:" + port, err
}

// checkAlone tells which tasks are in the journal under the ledger's session that it
// has not submitted.
func (l *ledger) checkAlone() {
	store, err := bolt.OpenReadOnly(l.rig.db(), bolt.Options{})
	if err != nil {
		l.rig.find("the journal can't be opened: %v", err)
		return
	}
	defer store.Close()
	ours := map[journal.ID]bool{}
	for _, id := range l.accepted {
		ours[id] = true
	}
	err = eachTask(store, func(e *journal.Entry) {
		whole := e.Task.ID
		if e.Task.Member != nil {
			whole = e.Task.Member.Group
		}
		if strings.HasPrefix(e.Task.Spec.Client, honest) && !ours[whole] {
			l.rig.find("task %s is in the journal as an honest client's, who has not submitted it", e.Task.ID)
		}
	})
	if err != nil {
		l.rig.find("scan the journal: %v", err)
	}
}
