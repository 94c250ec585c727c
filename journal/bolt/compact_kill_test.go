package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bcp/journal"
)

// compactEnv makes the test binary the child of the tests below: it names the journal,
// and with _STEP after which step of a compaction it kills itself.
const compactEnv = "BCP_TEST_COMPACT_JOURNAL"

// compactOnce compacts a journal, and commits a batch before, after each turn of the
// compaction, and at the end. It writes the number of each to standard output.
func compactOnce(path, step string) error {
	o := newSetup(Options{})
	o.at = func(passed string) {
		if passed == step {
			_ = killSelf()
		}
	}
	s, err := o.open(path)
	if err != nil {
		return err
	}
	n := batchesIn(s)
	commit := func() error {
		n++
		err := s.Commit(crashBatch(n))
		if err == nil {
			fmt.Println(n)
		}
		return err
	}
	s.turnBytes = 30_000
	var failed error
	_, err = s.Compact(context.Background(), atOnce, journal.Observer{Copied: func(journal.Copied) {
		failed = errors.Join(failed, commit())
	}})
	return errors.Join(failed, err, commit(), s.Close())
}

func batchesIn(s *Store) int { return lastOf(s) / tasksPerBatch }

func lastOf(s *Store) int {
	last := s.Meta().Last
	return numberOf(last)
}

// compacts runs a child, under strace if that is to do something, and returns the last
// batch that it acknowledged, and whether it came to its end.
func compacts(t *testing.T, path, step string, strace ...string) (last int, lived bool) {
	t.Helper()
	command := append(strace, os.Args[0])
	child := exec.Command(command[0], command[1:]...)
	child.Env = append(os.Environ(), compactEnv+"="+path, compactEnv+"_STEP="+step)
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil && child.ProcessState.ExitCode() > 0 && child.ProcessState.ExitCode() < 128 {
		t.Fatalf("%s%v: %v", step, strace, err)
	}
	for line := range strings.Lines(string(out)) {
		if last, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
	}
	return last, child.ProcessState.Success()
}

// checkCompacted opens a journal of which a compaction was killed: all that was
// acknowledged is there, the file is whole, and nothing is left of the copy.
func checkCompacted(t *testing.T, path string, acknowledged int) {
	t.Helper()
	s := mustOpen(t, plain, path)
	checkNames(t, path+copySuffix)
	checkBatches(t, s, max(acknowledged, batchesIn(s)-1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, path)
	checkFile(t, path)
}

// crashed makes a journal of so many batches.
func crashed(t *testing.T, batches int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, plain, path)
	for n := range batches {
		if err := s.Commit(crashBatch(n + 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCompactKilled kills a process before and after its copy takes the journal's place.
func TestCompactKilled(t *testing.T) {
	path := crashed(t, 12)
	for _, step := range []string{"followed", "renamed", "replaced", "never"} {
		last, lived := compacts(t, path, step)
		if lived != (step == "never") {
			t.Errorf("%s: the child lived: %v", step, lived)
		}
		checkCompacted(t, path, last)
	}
}

// compactCalls are the system calls by which a compaction changes files, with how many
// of a sort are passed over from one kill to the next.
var compactCalls = map[string]int{
	"pwrite64": 2, "fdatasync": 1, "fsync": 1, "ftruncate": 1, "renameat": 1, "unlinkat": 1, "fchmod": 1, "flock": 1, "openat": 2,
}

// TestCompactKilledAtEveryCall kills a process that compacts a journal and commits
// meanwhile, at its system calls one after the other.
func TestCompactKilledAtEveryCall(t *testing.T) {
	if err := exec.Command("strace", "-f", "-o", "/dev/null", "true").Run(); err != nil {
		t.Skipf("strace doesn't work here: %v", err)
	}
	kills := 0
	for call, step := range compactCalls {
		for n, lived := 1, false; !lived; n += step {
			path, last := crashed(t, 4), 0
			last, lived = compacts(t, path, "never", "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+call,
				"-e", "signal=none", "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n), "--")
			if !lived {
				kills++
			}
			checkCompacted(t, path, last)
			if n > 500 {
				t.Fatalf("%s: it doesn't end", call)
			}
		}
	}
	t.Logf("%d processes were killed", kills)
	if kills < 30 {
		t.Error("these are too few")
	}
}
