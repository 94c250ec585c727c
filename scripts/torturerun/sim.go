package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// simProgram is the simulator's test, built into the folder of the programs.
const simProgram = "sim.test"

// simLives is how many lives the simulator lives in a round.
const simLives = 200

// simRound lives lives of the simulator, each round its own.
func simRound(ctx context.Context, r *rig) error {
	from := r.seed*simLives + 1
	cmd := exec.CommandContext(ctx, filepath.Join(r.bin, simProgram), "-test.run", "TestSim$", "-test.v",
		"-seeds", strconv.Itoa(simLives), "-from", strconv.FormatUint(from, 10))
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return nil
	}
	lines := simLine.FindStringSubmatch(string(out))
	if lines == nil {
		return fmt.Errorf("the simulator did not run: %w\n%s", err, out)
	}
	r.tally.tasks, _ = strconv.Atoi(lines[1])
	r.tally.restarts, r.tally.faults = sum(string(out), "fault: broker"), sum(string(out), "fault: ", "action: ")
	if err != nil {
		r.find("%s", strings.TrimSpace(string(out)))
	}
	return nil
}

var (
	simLine   = regexp.MustCompile(`lives, (\d+) tasks, \d+ events`)
	countLine = regexp.MustCompile(`(?m)^\s*(\d+)  (\w[^\n]*)$`)
)

// harmless are actions that are no faults.
var harmless = regexp.MustCompile(`action: (submit|cancel|hold|release|query|wait|edit|resolve|find|replay|limit|change)`)

// sum adds what the simulator has counted of the sorts.
func sum(out string, sorts ...string) (n int) {
	for _, line := range countLine.FindAllStringSubmatch(out, -1) {
		for _, sort := range sorts {
			if strings.HasPrefix(line[2], sort) && !harmless.MatchString(line[2]) {
				count, _ := strconv.Atoi(line[1])
				n += count
			}
		}
	}
	return n
}
