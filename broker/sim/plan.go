package sim

import (
	"math/rand/v2"
	"time"

	"bcp/broker"
	"bcp/journal"
)

// plan is what a life is like. Each seed picks the kinds of faults that may
// happen and how often, for a life with all of them at once is short of the
// long chains that one of them alone can make.
type plan struct {
	core broker.Config

	workers, clients   int // of BCP/2
	workers1, clients1 int // of BCP/1
	liars              int
	places             bool // workers have labels and resources
	weights            [actions]int

	pace     time.Duration // at most so long between two steps
	taskTime time.Duration // most tasks take at most so long

	// The network. What may be lost is so in so many of a thousand messages.
	delay                 time.Duration // at most
	drop, double, reorder int

	// How long what is over is kept. In half of the lives nothing is forgotten.
	retention  journal.Retention
	pruneEvery time.Duration // 0 for never

	window  int           // so many bytes of bodies may be on their way to a worker; 0 for any
	read    int           // of a thousand bodies, so many are read before they are sent
	reading time.Duration // such a one takes at most so long

	stageMin  int           // payloads from so many bytes on are written apart
	stageMost int           // while so many bytes wait for that, nothing is taken in; 0 for any
	staging   time.Duration // one is written within that time, or that of a commit, until the faults stop

	// The broker's process.
	commit     time.Duration // a commit takes at most so long
	commitFail int           // of a thousand commits
	crashPoint int           // of a thousand passages of a point where a crash matters
	away       time.Duration // it comes back within that time
}

func newPlan(r *rand.Rand) plan {
	p := plan{
		core:     newConfig(r),
		workers:  1 + r.IntN(3),
		clients:  1 + r.IntN(3),
		pace:     between(r, 10*time.Millisecond, 2*time.Second),
		taskTime: between(r, time.Millisecond, 3*time.Second),
		delay:    between(r, 100*time.Microsecond, 100*time.Millisecond),
		commit:   between(r, 50*time.Microsecond, 50*time.Millisecond),
		away:     between(r, 10*time.Millisecond, 10*time.Second),
		weights:  newWeights(r),
	}
	if r.IntN(3) == 0 {
		p.workers1, p.clients1 = 1+r.IntN(2), 1+r.IntN(2)
	} else if r.IntN(4) == 0 {
		p.core.MaxPeers = 3 + r.IntN(3) // a BCP/1 client's place is kept for an hour
	}
	p.places = r.IntN(2) == 0
	if r.IntN(2) == 0 {
		p.liars = 1 + r.IntN(2)
	}
	if r.IntN(2) == 0 {
		p.retention, p.pruneEvery = newRetention(r), between(r, 50*time.Millisecond, 5*time.Second)
	}
	p.stageMin = 1 + r.IntN(bodyMax*3/2) // in a third of the lives none is
	if r.IntN(3) == 0 {
		p.stageMost, p.staging = 1+r.IntN(1000), between(r, time.Millisecond, 10*time.Second)
	}
	p.drop = sometimes(r, 100)
	p.double = sometimes(r, 100)
	p.reorder = sometimes(r, 200)
	p.commitFail = sometimes(r, 20)
	p.crashPoint = sometimes(r, 20)
	p.read, p.reading = sometimes(r, 300), between(r, time.Millisecond, 3*time.Second)
	if p.drop == 0 && p.weights[actPartition] == 0 && r.IntN(2) == 0 {
		p.window = 1 + r.IntN(16) // what a link loses while it stays would be waited for
	}
	return p
}

func newRetention(r *rand.Rand) journal.Retention {
	return journal.Retention{
		EndedMS: between(r, time.Second, 2*time.Minute).Milliseconds(), Ended: 1 + r.Uint64N(50),
		Asked:  1 + r.Uint64N(20),
		KeysMS: between(r, time.Second, 2*time.Minute).Milliseconds(), Keys: r.Uint64N(50),
	}
}

// silence is the time after which who says nothing counts as gone.
func (p *plan) silence() time.Duration { return p.core.Heartbeat * time.Duration(p.core.Liveness) }

// faithful tells whether the network loses nothing over a connection that stays,
// and mixes nothing.
func (p *plan) faithful() bool {
	return p.drop == 0 && p.double == 0 && p.reorder == 0 && p.weights[actPartition] == 0
}

func newConfig(r *rand.Rand) broker.Config {
	c := broker.Config{
		Heartbeat:     between(r, 400*time.Millisecond, 2*time.Second),
		Liveness:      2 + r.IntN(3),
		ReattachGrace: time.Duration(r.IntN(3)) * between(r, 100*time.Millisecond, 5*time.Second),
		OnLoss:        journal.LossPolicy(1 + r.IntN(3)),
		LossMax:       1 + r.Uint32N(3),
		CancelGrace:   between(r, time.Millisecond, time.Second),
		ResendEvery:   between(r, 200*time.Millisecond, 2*time.Second),
		BodyMax:       bodyMax,
		KeepBodies:    journal.KeepBodies(1 + r.IntN(3)),
		Unfolded:      r.IntN(4) - 1,
	}
	if r.IntN(4) == 0 {
		c.AckWindow = 1 + r.IntN(3*bodyMax)
	}
	if r.IntN(8) == 0 {
		c.MaxTasks = 5 + r.IntN(10)
	}
	return c
}

// bodyMax is what the broker takes for a body or result, in bytes: little, so
// that some are over it.
const bodyMax = 64

// between returns a time in the range; every order of magnitude of it is as
// likely as the next.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	for high/2 > low && r.IntN(3) == 0 {
		high /= 2
	}
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// sometimes returns how often a fault happens: in half of the lives never.
func sometimes(r *rand.Rand, permille int) int {
	if r.IntN(2) == 0 {
		return 0
	}
	return 1 + r.IntN(permille)
}
