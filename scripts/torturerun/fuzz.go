package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long one target is fuzzed in a round: guided by coverage, and with quick mutants.
const (
	guidedShare = 2 * time.Second
	quickShare  = 2 * time.Second
	// quickLong is that of a long run, and textsLong for what people write, which is
	// simple, and never wrong without somebody who sees it.
	quickLong = 20 * time.Second
	textsLong = 5 * time.Second
)

// What a long run feeds.
const (
	fuzzGoal  = 1_000_000_000 // in all
	fuzzLeast = 1_000_000     // to each target
	// fuzzMost keeps the quickest targets from being most of the goal, and textsMost
	// those of what people write.
	fuzzMost  = fuzzGoal / 10
	textsMost = fuzzGoal / 100
)

// restMax bounds for how many turns a target that guided runs find nothing in is not
// guided.
const restMax = 16

// fuzzing goes through the fuzz targets of all packages, one in each round, from one
// that the seed chooses. What guided runs find of interest is kept in the user's cache; it
// is where the next run begins, and what the quick mutants are made of.
type fuzzing struct {
	mu      sync.Mutex
	targets []*target
	next    int
	fed     int             // inputs, in all
	built   map[string]bool // folders whose programs are
}

// The inputs of a run, and those that reached code that none had, as it tells them.
var (
	executed  = regexp.MustCompile(`(?:execs|mutants): (\d+)`)
	interests = regexp.MustCompile(`new interesting: (\d+)`)
)

func newFuzzing() *fuzzing { return &fuzzing{built: make(map[string]bool)} }

// round fuzzes the next target.
func (z *fuzzing) round(ctx context.Context, r *rig) error {
	t, err := z.turn(ctx, r)
	if err != nil {
		return err
	}
	guided := t.guided()
	if guided {
		z.run(ctx, r, t, "guided", "-test.run=^$", "-test.fuzz=^"+t.name+"$", "-test.fuzztime="+guidedShare.String(), "-test.fuzzcachedir="+t.kept,
			"-test.parallel=1")
	}
	share := quickShare
	if r.long {
		share = t.share()
	}
	z.run(ctx, r, t, "quick", "-test.run=^"+t.name+"$", "-mutants="+share.String(), "-mutants.seed="+strconv.FormatUint(r.seed, 10),
		"-mutants.found="+t.kept)
	if r.long {
		z.progress(r, t)
	}
	return nil
}

// turn returns the next target, with its programs built. In a long run it passes over
// those that have had enough, and ends when all have.
func (z *fuzzing) turn(ctx context.Context, r *rig) (*target, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.targets == nil {
		var err error
		if z.targets, err = findTargets(); err != nil {
			return nil, err
		}
		z.next = r.rand.IntN(len(z.targets))
	}
	for range z.targets {
		t := z.targets[z.next%len(z.targets)]
		z.next++
		if !r.long || z.wants(t) {
			return t, z.build(ctx, t)
		}
	}
	return nil, fmt.Errorf("%w: %d inputs\n%s", errThrough, z.fed, z.table())
}

// wants tells whether a long run has not fed a target enough.
func (z *fuzzing) wants(t *target) bool {
	if z.fed >= fuzzGoal {
		return !t.broken && t.fed < fuzzLeast
	}
	return !t.broken && t.fed < t.most()
}

// build builds the programs of a target's package once.
func (z *fuzzing) build(ctx context.Context, t *target) error {
	if z.built[t.folder] {
		return nil
	}
	z.built[t.folder] = true
	if err := t.build(ctx, "quick"); err != nil {
		return err
	}
	return t.build(ctx, "guided", "-fuzz=.")
}

// run runs a target for its share of the time. What it finds is kept by it as a test, in
// its folder.
func (z *fuzzing) run(ctx context.Context, r *rig, t *target, program string, args ...string) {
	cmd := exec.CommandContext(ctx, filepath.Join(t.kept, program), args...)
	cmd.Dir, cmd.Env = t.folder, append(os.Environ(), "GOMAXPROCS=1") // else its threads wake each other up
	out, err := cmd.CombinedOutput()
	failed := err != nil && ctx.Err() == nil
	if failed {
		r.find("%s in %s: %v: %s", t.name, t.folder, err, out[max(len(out)-2000, 0):])
	}
	n := last(executed, out)
	r.tally.faults += n
	z.mu.Lock()
	defer z.mu.Unlock()
	z.fed += n
	t.fed += n
	t.broken = t.broken || failed
	if program == "guided" {
		t.learn(last(interests, out))
	}
}

// progress tells how far a target is.
func (z *fuzzing) progress(r *rig, t *target) {
	z.mu.Lock()
	defer z.mu.Unlock()
	r.say(fmt.Sprintf("%s %s: %d inputs, and %d in all\n", t.path, t.name, t.fed, z.fed))
}

// last returns the number that a program has told last.
func last(what *regexp.Regexp, out []byte) int {
	all := what.FindAllSubmatch(out, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(string(all[len(all)-1][1])) // its digits
	return n
}

// table tells how many inputs each target was fed.
func (z *fuzzing) table() string {
	var b strings.Builder
	for _, t := range z.targets {
		fmt.Fprintf(&b, "  %-18s %-16s %12d\n", t.path, t.name, t.fed)
	}
	return b.String()
}
