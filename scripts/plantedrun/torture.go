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
	"syscall"
	"time"
)

// trialTime is how long a trial has to find a mistake.
const trialTime = time.Minute

// torture has a trial of scripts/torture look at a broker with a mistake: what is below
// the simulator's journal in memory, the simulator can't find.
func torture(ctx context.Context, root, dir, overlay, trial string) (finding, error) {
	if err := build(ctx, root, "build", "-overlay", overlay, "-o", dir, "./cmd/bcp-broker", "./cmd/bcp-worker", "./scripts/torturerun"); err != nil {
		return finding{}, err
	}
	run := exec.CommandContext(ctx, filepath.Join(dir, "torturerun"), "-bin", dir, "-only", trial, "-for", trialTime.String(), "-seed", "1")
	run.Dir = dir
	run.Env = append(os.Environ(), "TMPDIR="+dir)                            // a trial leaves there what has a finding
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGTERM) } // it takes its broker along
	out, err := run.CombinedOutput()
	return findingOf(trial, string(out), err)
}

var (
	skippedLine = regexp.MustCompile(`skipped: ([^|]*)`)
	foundLines  = regexp.MustCompile(`, seed (\d+), [^\n]*:\n  ([^\n]*)`)
	roundsCell  = regexp.MustCompile(`\|\s+(\d+) \|`)
)

// findingOf reads what scripts/torture printed of a trial.
func findingOf(trial, out string, failed error) (finding, error) {
	found, rounds, skipped := foundLines.FindStringSubmatch(out), roundsCell.FindStringSubmatch(out), skippedLine.FindStringSubmatch(out)
	switch {
	case skipped != nil:
		return finding{skipped: strings.TrimSpace(skipped[1])}, nil
	case found != nil && rounds != nil:
		n, err := strconv.Atoi(rounds[1])
		return finding{lives: n, seed: found[1], text: found[2], by: trial}, err
	case failed == nil:
		return finding{}, nil
	}
	return finding{}, fmt.Errorf("trial %s did not run: %w\n%s", trial, failed, out)
}
