package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// mistake is a change of one place of the source that makes the broker do wrong.
type mistake struct {
	name      string
	file      string
	old, made string // what stands there, exactly once, and what then
	trial     string // of scripts/torture that is to find it; "" for the simulator
}

// livesTime bounds the time of the lives of one mistake: one that goes round in
// circles is found by that.
const livesTime = 3 * time.Minute

// plant builds the simulator with a mistake and lives so many lives.
func plant(ctx context.Context, root string, m mistake, lives int) (finding, error) {
	dir, err := os.MkdirTemp("", "bcp-planted-")
	if err != nil {
		return finding{}, err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return finding{}, err
	}
	if m.trial != "" {
		return torture(ctx, root, dir, overlay, m.trial)
	}
	program := filepath.Join(dir, "sim.test")
	if err := build(ctx, root, "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, "./broker/sim"); err != nil {
		return finding{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, livesTime)
	defer cancel()
	live := exec.CommandContext(ctx, program, "-test.run", "TestSim$", "-test.v", "-seeds", strconv.Itoa(lives))
	live.Dir = filepath.Join(root, "broker", "sim")
	out, err := live.CombinedOutput()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return finding{lives: 1, text: fmt.Sprintf("a life has no end within %v", livesTime)}, nil
	}
	return findingIn(string(out), err)
}

// build has the go command build a program with a mistake.
func build(ctx context.Context, root string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the source with the mistake can't be built: %w\n%s", err, out)
	}
	return nil
}

// overlay writes the changed file, and the one that tells the Go tool where it is.
func (m *mistake) overlay(root, dir string) (string, error) {
	changed, err := m.change(root)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, filepath.Base(m.file))
	path, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, errors.Join(err, os.WriteFile(file, changed, 0o600), os.WriteFile(overlay, list, 0o600))
}

// change returns the file with the mistake.
func (m *mistake) change(root string) ([]byte, error) {
	source, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return nil, fmt.Errorf("%s has %q %d times, and should have it once: the code has moved, and the mistake has to move with it", m.file, m.old, n)
	}
	return []byte(strings.Replace(string(source), m.old, m.made, 1)), nil
}

// finding is what the simulator says of a mistake.
type finding struct {
	lives int // that it took; 0 if there is none
	seed  string
	text  string
	by    string // the trial that has found it, "" for the simulator

	skipped string // why it can't be looked for on this machine, "" if it can
}

var (
	brokenLine = regexp.MustCompile(`seed (\d+) breaks a promise at \S+: (.*)`)
	livesLine  = regexp.MustCompile(`(\d+) lives, `)
)

// findingIn reads what the simulator printed. What it says of coverage is no finding:
// it has not lived for long.
func findingIn(out string, failed error) (finding, error) {
	broken, lives := brokenLine.FindStringSubmatch(out), livesLine.FindStringSubmatch(out)
	switch {
	case broken != nil && lives != nil:
		n, err := strconv.Atoi(lives[1])
		return finding{lives: n, seed: broken[1], text: broken[2]}, err
	case failed == nil:
		return finding{}, nil
	}
	return finding{}, fmt.Errorf("the simulator did not run: %w\n%s", failed, out)
}

func (f finding) after() string {
	switch {
	case f.skipped != "":
		return "skipped: " + f.skipped
	case f.lives == 0:
		return "NOT FOUND"
	}
	if f.by != "" {
		return fmt.Sprintf("%d rounds of %s", f.lives, f.by)
	}
	return fmt.Sprintf("%d lives", f.lives)
}

// names are what is different in each life.
var names = regexp.MustCompile(`\b01[0-9A-Z]{24}(-\d+)?\b`)

// checkMax is how much is told of what was broken.
const checkMax = 72

// check is what was broken, without the names of tasks.
func (f finding) check() string {
	text := strings.Join(strings.Fields(names.ReplaceAllString(withoutFields(f.text), "…")), " ")
	if r := []rune(text); len(r) > checkMax {
		return string(r[:checkMax-1]) + "…"
	}
	return text
}

// withoutFields leaves out what stands in braces: the fields of messages and tasks.
func withoutFields(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth = max(depth-1, 0)
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// String tells the finding in a line.
func (f finding) String() string {
	if f.lives == 0 {
		return strings.ToLower(f.after())
	}
	return fmt.Sprintf("found after %s, in that of seed %s: %s", f.after(), f.seed, f.check())
}
