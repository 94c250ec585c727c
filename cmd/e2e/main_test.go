package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen. It only bounds how
// long a broken test hangs, on a machine that does other things as well.
const patience = time.Minute

// programs is the folder of the programs under test.
var programs string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bcp-programs-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		programs = dir
		err = errors.Join(dependOnSources(), build())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go spawn()
	return m.Run()
}

// build makes the three programs. The operator's tool has no cgo in it, and so
// no race detector either.
func build() error {
	race := fmt.Sprintf("-race=%v", raceDetector)
	if err := goBuild(nil, race, "bcp/cmd/bcp-broker", "bcp/cmd/bcp-worker"); err != nil {
		return err
	}
	return goBuild([]string{"CGO_ENABLED=0"}, "bcp/cmd/bcp-ctl")
}

// dependOnSources reads the folders of this module, and with that tells the go
// command that a result of these tests may be used again only for as long as
// nothing in them has changed: it cannot see what the build below depends on.
func dependOnSources() error {
	return filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
}

func goBuild(env []string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-o", programs + string(filepath.Separator)}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the programs: %w", err)
	}
	return nil
}

// tempDir returns a folder with a path that is short enough for a socket in it.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bcp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
