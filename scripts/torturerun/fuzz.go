package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long one target is fuzzed in a round, guided by coverage, and with quick mutants.
const (
	guidedShare    = 2 * time.Second
	mutantsSeconds = 2
	mutantsLong    = 60
)

// fuzzing goes through the fuzz targets of all packages, one in each round, from one
// that the seed chooses. What they find of interest is kept in the user's cache, and is
// where the next run begins.
type fuzzing struct {
	mu      sync.Mutex
	cache   string
	targets []target
	next    int
	built   map[string]bool // folders whose programs are
}

// target is a fuzz target of a package.
type target struct {
	folder string // of the package
	kept   string // where its test programs are, and what it has found of interest
	name   string
}

var (
	declared = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)
	executed = regexp.MustCompile(`(?:execs|mutants): (\d+)`)
)

func newFuzzing() *fuzzing { return &fuzzing{built: make(map[string]bool)} }

// round fuzzes the next target.
func (z *fuzzing) round(ctx context.Context, r *rig) error {
	t, err := z.turn(ctx, r)
	if err != nil {
		return err
	}
	t.run(ctx, r, "guided", "-test.run=^$", "-test.fuzz=^"+t.name+"$", "-test.fuzztime="+guidedShare.String(), "-test.fuzzcachedir="+t.kept,
		"-test.parallel=1")
	share := time.Duration(r.size(mutantsSeconds, mutantsLong)) * time.Second
	t.run(ctx, r, "quick", "-test.run=^"+t.name+"$", "-mutants="+share.String(), "-mutants.seed="+strconv.FormatUint(r.seed, 10))
	return nil
}

// turn returns the next target, with its programs built.
func (z *fuzzing) turn(ctx context.Context, r *rig) (*target, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.targets == nil {
		if err := z.prepare(); err != nil {
			return nil, err
		}
		z.next = r.rand.IntN(len(z.targets))
	}
	t := &z.targets[z.next%len(z.targets)]
	z.next++
	if z.built[t.folder] {
		return t, nil
	}
	z.built[t.folder] = true
	return t, errors.Join(t.build(ctx, "quick"), t.build(ctx, "guided", "-fuzz=."))
}

// prepare finds the targets.
func (z *fuzzing) prepare() error {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return err
	}
	if z.cache, err = os.UserCacheDir(); err != nil {
		return err
	}
	z.cache = filepath.Join(z.cache, "bcp-fuzz")
	module := filepath.Dir(string(bytes.TrimSpace(out)))
	err = filepath.WalkDir(module, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		return z.add(module, path)
	})
	if err == nil && len(z.targets) == 0 {
		err = fmt.Errorf("there are no fuzz targets in %s", module)
	}
	return err
}

// add finds the targets in a file.
func (z *fuzzing) add(module, file string) error {
	text, err := os.ReadFile(file)
	folder := filepath.Dir(file)
	name, wrong := filepath.Rel(module, folder)
	for _, match := range declared.FindAllSubmatch(text, -1) {
		z.targets = append(z.targets, target{folder: folder, kept: filepath.Join(z.cache, name), name: string(match[1])})
	}
	return errors.Join(err, wrong)
}

// build makes a test program of the target's package; the toolchain knows what of it
// is up to date.
func (t *target) build(ctx context.Context, program string, flags ...string) error {
	args := append([]string{"test", "-c", "-o", filepath.Join(t.kept, program)}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, ".")...)
	cmd.Dir = t.folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the tests of %s: %w: %s", t.folder, err, out)
	}
	return nil
}

// run runs the target for its share of the time. What it finds is kept by it as a
// test, in its folder.
func (t *target) run(ctx context.Context, r *rig, program string, args ...string) {
	cmd := exec.CommandContext(ctx, filepath.Join(t.kept, program), args...)
	cmd.Dir = t.folder
	out, err := cmd.CombinedOutput()
	if all := executed.FindAllSubmatch(out, -1); len(all) > 0 {
		n, _ := strconv.Atoi(string(all[len(all)-1][1])) // its digits
		r.tally.faults += n
	}
	if err != nil && ctx.Err() == nil {
		r.find("%s in %s: %v: %s", t.name, t.folder, err, out[max(len(out)-2000, 0):])
	}
}

// needGo tells whether tests can be built here.
func needGo() string {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil || filepath.Base(string(bytes.TrimSpace(out))) != "go.mod" {
		return fmt.Sprintf("there is no Go toolchain, or not the source: %v", err)
	}
	return ""
}
