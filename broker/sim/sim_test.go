package sim_test

import (
	"bytes"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bcp/broker/sim"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run this seed alone")
	seedsFlag = flag.Uint64("seeds", 0, "how many seeds to run")
	fromFlag  = flag.Uint64("from", 1, "the first of the seeds")
	stepsFlag = flag.Int("steps", 60, "what happens in a life before its faults stop")
	traceFlag = flag.Bool("events", false, "print every event of the seed")
	forFlag   = flag.Duration("for", 0, "run seeds for so long")
	realFlag  = flag.Bool("real", false, "live all lives on a real journal")
	stopFlag  = flag.Int("findings", 1, "how many lives may break a promise before no more are lived")
)

// traceTail is how many lines of the trace a failure shows.
const traceTail = 60

// TestSim lives many lives, or the one that the flags name.
func TestSim(t *testing.T) {
	if *seedFlag != 0 {
		runSeed(t, *seedFlag)
		return
	}
	all, begun := newTally(t), time.Now()
	all.run(seeds())
	t.Logf("%d lives, %d tasks, %d events, %.0f of them a second\n%s",
		all.lives, all.tasks, all.events, float64(all.events)/time.Since(begun).Seconds(), all.coverage)
	if all.lives >= coverageMin {
		demandCoverage(t, all.coverage)
	}
}

// coverageMin is how many lives meet all that can happen.
const coverageMin = 2000

// raced tells that the race detector is in. A life is one goroutine, in which there
// is no race to be found, and takes ten times as long with it: some lives are enough then.
// scripts/test runs these tests without it as well, with all lives.
var raced bool

// seeds returns how many lives to live.
func seeds() uint64 {
	switch {
	case *forFlag > 0:
		return 1 << 62
	case *seedsFlag > 0:
		return *seedsFlag
	case raced:
		return 100
	case testing.Short():
		return 400
	}
	return coverageMin
}

// tally adds up what many lives have shown.
type tally struct {
	t        *testing.T
	mu       sync.Mutex
	lives    int
	tasks    int
	events   int
	coverage sim.Coverage
}

func newTally(t *testing.T) *tally { return &tally{t: t, coverage: sim.Coverage{}} }

// gcPercent lets lives leave more garbage behind than usual: they are short, and
// take a third less of processor time so.
const gcPercent = 2000

// run lives the lives of so many seeds, two at a time, until enough have broken a
// promise.
func (a *tally) run(count uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	var next atomic.Uint64
	var findings atomic.Int64
	begun := time.Now()
	var lives sync.WaitGroup
	for range 2 {
		lives.Go(func() {
			for findings.Load() < int64(*stopFlag) && (*forFlag == 0 || time.Since(begun) < *forFlag) {
				i := next.Add(1) - 1
				if i >= count {
					return
				}
				if !a.live(*fromFlag + i) {
					findings.Add(1)
				}
			}
		})
	}
	lives.Wait()
}

func (a *tally) live(seed uint64) bool {
	r := sim.Run(options(seed))
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lives++
	a.tasks += r.Tasks
	a.events += r.Events
	a.coverage.Add(r.Coverage)
	if r.Err != nil {
		report(a.t, seed, r.Err)
	}
	return r.Err == nil
}

// options are what the flags say of a life.
func options(seed uint64) sim.Options {
	return sim.Options{Seed: seed, Steps: *stepsFlag, Real: *realFlag}
}

// runSeed lives one life, with its trace if that is asked for.
func runSeed(t *testing.T, seed uint64) {
	t.Helper()
	o := options(seed)
	if *traceFlag {
		o.Trace = os.Stdout
	}
	r := sim.Run(o)
	t.Logf("%d tasks, %d events", r.Tasks, r.Events)
	if r.Err != nil {
		report(t, seed, r.Err)
	}
}

// report lives a life again for the end of its trace, and tells how to see all
// of it. On a real journal the second life may come out in another way: bbolt does not
// put its pages in the same places.
func report(t *testing.T, seed uint64, err error) {
	t.Helper()
	var trace bytes.Buffer
	o := options(seed)
	o.Trace = &trace
	r := sim.Run(o)
	lines := strings.Split(strings.TrimSpace(trace.String()), "\n")
	tail := lines[max(len(lines)-traceTail, 0):]
	t.Errorf("seed %d breaks a promise %v\n(once more: %v)\n\ngo test ./broker/sim -run Sim -seed %d -steps %d -real=%v -events\n\n%s",
		seed, err, r.Err, seed, o.Steps, o.Real, strings.Join(tail, "\n"))
}

// TestLongLives lives lives with more tasks than the journal tells of at once, and with members
// that are forgotten before what was said of them leaves.
func TestLongLives(t *testing.T) {
	if raced {
		return
	}
	for seed, steps := range map[uint64]int{1: 4000, 8: 1200} {
		if r := sim.Run(sim.Options{Seed: seed, Steps: steps}); r.Err != nil {
			t.Errorf("seed %d, %d steps: %v", seed, steps, r.Err)
		}
	}
}

// TestSameSeedSameLife lives lives twice and compares their traces.
func TestSameSeedSameLife(t *testing.T) {
	count := uint64(20)
	if raced {
		count = 4
	}
	for seed := range count {
		if first, second := hash(seed), hash(seed); first != second {
			t.Errorf("seed %d: two lives differ", seed)
		}
	}
	if hash(1) == hash(2) {
		t.Error("two seeds give the same life")
	}
}

func hash(seed uint64) uint64 {
	h := fnv.New64a()
	sim.Run(sim.Options{Seed: seed, Trace: h})
	return h.Sum64()
}

// TestOracleFindsMistakes plants mistakes, each of which must be found soon.
func TestOracleFindsMistakes(t *testing.T) {
	for n, m := range sim.Mistakes() {
		if raced && n%4 != 0 {
			continue
		}
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			t.Log(findMistake(t, m))
		})
	}
}

// mistakeSeeds is within how many lives each mistake has to be found.
const mistakeSeeds = 300

func findMistake(t *testing.T, m sim.Mistake) string {
	for seed := uint64(1); seed <= mistakeSeeds; seed++ {
		if r := sim.Run(sim.Options{Seed: seed, Mistake: m}); r.Err != nil {
			return fmt.Sprintf("found in seed %d: %v", seed, r.Err)
		}
	}
	t.Errorf("not found in %d lives", mistakeSeeds)
	return ""
}
