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
	"slices"
	"strings"
	"time"
)

// target is a fuzz target of a package.
type target struct {
	path   string // of the package, in the module
	folder string // of the package
	kept   string // where its test programs are, and what it has found of interest
	name   string

	fed    int  // inputs
	broken bool // an input has broken it, and would do so again
	rest   int  // turns until it is guided again
	rested int  // turns that it was not guided the last time
}

var declared = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)

// texts are the targets of what people write; all others read what comes from the
// network or the disk.
var texts = []string{
	"broker/admin FuzzAddress", "broker/view FuzzTime", "broker/wire FuzzBatchPlace", "broker/zmq FuzzEndpoint",
	"cmd/bcp-ctl FuzzListFlags", "cmd/bcp-ctl FuzzSubmitFlags", "cmd/internal/values FuzzFlag", "journal FuzzWords",
	"journal/filter FuzzParse", "journal/place FuzzAmount", "journal/place FuzzSelector",
}

func (t *target) readsText() bool { return slices.Contains(texts, t.path+" "+t.name) }

// share is how long a long run feeds it in a turn.
func (t *target) share() time.Duration {
	if t.readsText() {
		return textsLong
	}
	return quickLong
}

// most is how many inputs a long run has for it.
func (t *target) most() int {
	if t.readsText() {
		return textsMost
	}
	return fuzzMost
}

// guided tells whether it is to be guided in this turn.
func (t *target) guided() bool {
	t.rest--
	return t.rest < 0
}

// learn takes in how much of interest a guided run has found. After one that found
// nothing it is not guided for a while, and each time for twice as long.
func (t *target) learn(interesting int) {
	t.rested = min(2*t.rested+1, restMax)
	if interesting > 0 {
		t.rested = 0
	}
	t.rest = t.rested
}

// findTargets finds all targets. Those of package mutants break for its own tests.
func findTargets() (all []*target, err error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	module := filepath.Dir(string(bytes.TrimSpace(out)))
	err = filepath.WalkDir(module, func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		path, wrong := filepath.Rel(module, filepath.Dir(file))
		text, err := os.ReadFile(file)
		for _, match := range declared.FindAllSubmatch(text, -1) {
			if path != "scripts/mutants" {
				all = append(all, &target{path: path, folder: filepath.Dir(file), kept: filepath.Join(cache, "bcp-fuzz", path), name: string(match[1])})
			}
		}
		return errors.Join(err, wrong)
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("there are no fuzz targets in %s", module)
	}
	return all, err
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

// needGo tells whether tests can be built here.
func needGo() string {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil || filepath.Base(string(bytes.TrimSpace(out))) != "go.mod" {
		return fmt.Sprintf("there is no Go toolchain, or not the source: %v", err)
	}
	return ""
}
