package sim_test

import (
	"bytes"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
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
	all := newTally(t)
	all.run(seeds(t))
	t.Logf("%d lives, %d tasks, %d events\n%s", all.lives, all.tasks, all.events, all.coverage)
	if all.lives >= 1000 {
		demandCoverage(t, all.coverage)
	}
}

// seeds returns how many lives to live.
func seeds(t *testing.T) uint64 {
	switch {
	case *forFlag > 0:
		return 1 << 62
	case *seedsFlag > 0:
		return *seedsFlag
	case testing.Short():
		return 400
	}
	t.Helper()
	return 2000
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

// run lives the lives of so many seeds, two at a time, until enough have broken a
// promise.
func (a *tally) run(count uint64) {
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
	r := sim.Run(sim.Options{Seed: seed, Steps: *stepsFlag})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lives++
	a.tasks += r.Tasks
	a.events += r.Events
	a.coverage.Add(r.Coverage)
	if r.Err != nil {
		report(a.t, seed, *stepsFlag)
	}
	return r.Err == nil
}

// runSeed lives one life, with its trace.
func runSeed(t *testing.T, seed uint64) {
	t.Helper()
	if *traceFlag {
		r := sim.Run(sim.Options{Seed: seed, Steps: *stepsFlag, Trace: os.Stdout})
		t.Logf("%d tasks, %d events, error: %v", r.Tasks, r.Events, r.Err)
		if r.Err != nil {
			t.Fail()
		}
		return
	}
	if r := sim.Run(sim.Options{Seed: seed, Steps: *stepsFlag}); r.Err != nil {
		report(t, seed, *stepsFlag)
	}
}

// report lives a life again for the end of its trace, and tells how to see all
// of it.
func report(t *testing.T, seed uint64, steps int) {
	t.Helper()
	var trace bytes.Buffer
	r := sim.Run(sim.Options{Seed: seed, Steps: steps, Trace: &trace})
	lines := strings.Split(strings.TrimSpace(trace.String()), "\n")
	tail := lines[max(len(lines)-traceTail, 0):]
	t.Errorf("seed %d breaks a promise %v\n\ngo test ./broker/sim -run Sim -seed %d -steps %d -events\n\n%s",
		seed, r.Err, seed, steps, strings.Join(tail, "\n"))
}

// demanded is what the lives of the suite have to meet; without it they would
// show less than they seem to.
var demanded = []string{
	"record: submit", "record: dispatch", "record: start", "record: cancel", "record: stop",
	"record: requeue", "record: end", "record: hold", "record: release", "record: met",
	"dependency: ok is met", "dependency: any is met", "dependency: failed is met", "dependency: on several",
	"dependency: on one that has ended", "dependency: waits over a restart", "dependency: unmet: canceled",
	"dependency: unmet: failed", "dependency: unmet, one after another", "end because of: dependency",
	"schedule: submitted held", "schedule: submitted with a delay", "schedule: submitted with a time",
	"schedule: submitted with a priority", "schedule: after its time", "schedule: in time, but not by the wall clock",
	"schedule: first by its priority", "schedule: first by its age",
	"schedule: clients take turns", "schedule: first by its client's turn", "schedule: waits longer with each failure",
	"record: member", "record: tally", "array: a member is dispatched", "array: dispatched within its limit",
	"array: ends as done", "array: ends as failed", "array: ends as canceled", "array: stopped for its failures",
	"array: the rest ends: canceled", "array: the rest ends: array-failures", "array: the rest ends: queue-timeout",
	"array: the rest ends: dependency", "array: its status is told", "array: the status of a member without a row is told",
	"array: a member is forgotten",
	"record: setting", "limit: set", "limit: unset", "limit: reached", "limit: dispatched within that of a service",
	"limit: dispatched within that of a client", "limit: dispatched within that of a key", "limit: dispatched within a rate",
	"limit: in force over a restart", "to broker: Limit", "to peer: Limits",
	"end: done", "end: failed", "end: canceled",
	"end because of: finished", "end because of: error", "end because of: worker-lost",
	"end because of: start-timeout", "end because of: run-timeout", "end because of: queue-timeout",
	"end because of: refused", "end because of: canceled", "end because of: loss-limit",
	"requeue because of: error", "requeue because of: worker-lost", "requeue because of: attempt-missing",
	"requeue because of: start-timeout", "requeue because of: run-timeout", "requeue because of: refused",
	"record: exhausted", "exhausted because of: error", "exhausted because of: run-timeout", "exhausted because of: loss-limit",
	"failing: put aside", "failing: with fresh tries", "failing: for free: error", "failing: a loss that counts",
	"failing: at once, for its class", "failing: with a jitter",
	"stop because of: silence", "end because of: silence", "stop because of: life-timeout", "end because of: life-timeout",
	"requeue because of: elsewhere", "end because of: never", "declined: by another one", "declined: by all, and released",
	"requeue because of: returned", "requeue because of: undelivered",
	"refusal: malformed", "refusal: unsupported", "refusal: unknown-peer", "refusal: name-taken",
	"refusal: too-large", "refusal: key-conflict", "refusal: unknown-task", "refusal: queue-full",
	"refusal: too-many-peers", "refusal: not-allowed",
	"to broker: SubmitBatch", "to peer: BatchAccepted", "batch: new", "batch: known", "batch: partly known", "batch: whole",
	"batch: waits for a later one", "batch: refused: key-conflict", "batch: refused: bad-option", "batch: refused: unknown-task",
	"batch: refused: too-large",
	"to broker: Hello", "to broker: Submit", "to broker: Cancel", "to broker: Hold", "to broker: Release", "to broker: Query", "to broker: Wait",
	"to broker: EndedAck", "to broker: Beat", "to broker: Register", "to broker: WorkerBeat",
	"to broker: Begun", "to broker: Progress", "to broker: Outcome", "to broker: Leave", "to broker: Replay",
	"to peer: Welcome", "to peer: Refuse", "to peer: Beat", "to peer: Leave", "to peer: Accepted",
	"to peer: Status", "to peer: Started", "to peer: Progress", "to peer: Ended", "to peer: Dispatch",
	"to peer: Stop", "to peer: OutcomeAck", "to peer: ReplayRow", "to peer: ReplayEnd",
	"fault: broker dies at once", "fault: broker dies before its commit", "fault: broker dies after its commit",
	"fault: broker dies between its sends", "fault: broker dies of a failed commit", "fault: broker stops",
	"fault: send not delivered",
	"staged: a payload", "staged: for nothing", "staged: a word waits behind it",
	"fault: broker dies after a payload is staged",
	"kept: a body", "kept: an end is told when it is forgotten",
	"kept: key, until its time", "kept: key, until there were too many",
	"kept: task kept as it asks, until its time", "kept: task kept as it asks, until there were too many",
	"kept: task kept as the broker keeps them, until its time",
	"kept: task kept as the broker keeps them, until there were too many",
	"refusal: gone", "fault: broker dies after a step of pruning",
	"to broker: Extend", "to peer: ExtendAck", "time-out: changed by the worker", "time-out: over, as the worker has changed it",
	"to broker: Checkpoint", "to peer: CheckpointAck", "record: checkpoint",
	"place: where", "place: any worker", "place: resources", "place: resources beside others", "place: the same worker",
	"place: preferred", "place: content with another", "dependency: worker is met",
	"checkpoint: given", "checkpoint: given over an attempt", "checkpoint: taken away", "checkpoint: of a stale attempt",
	"edit: target", "edit: priority", "edit: run-timeout", "edit: delay", "edit: of a task that is pending", "edit: of a task that is running",
	"retry: of a task that is failed", "retry: of a task that is canceled", "end because of: dropped", "found: some", "found: none",
}

func demandCoverage(t *testing.T, c sim.Coverage) {
	t.Helper()
	for _, kind := range demanded {
		if c[kind] == 0 {
			t.Errorf("%q has not happened", kind)
		}
	}
}

// TestSameSeedSameLife lives lives twice and compares their traces.
func TestSameSeedSameLife(t *testing.T) {
	for seed := range uint64(20) {
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
	for _, m := range sim.Mistakes {
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
