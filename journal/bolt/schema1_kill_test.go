package bolt

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// migrationCalls are the system calls by which a migration changes files.
var migrationCalls = []string{"pwrite64", "write", "fdatasync", "fsync", "ftruncate", "renameat", "unlinkat", "openat"}

// TestSchema1KilledAtEveryCall kills a process that migrates a journal at its first
// system call of a sort, another one at the second, and so on, until one comes to its
// end. Each time the next opening does the rest, and nothing is missing.
func TestSchema1KilledAtEveryCall(t *testing.T) {
	if err := exec.Command("strace", "-f", "-o", "/dev/null", "true").Run(); err != nil {
		t.Skipf("strace doesn't work here: %v", err)
	}
	kills := 0
	for _, call := range migrationCalls {
		for n, killed := 1, true; killed; n++ {
			path := schema1(t)
			if killed = !migratesUnder(t, path, fmt.Sprintf("%s:signal=KILL:when=%d", call, n), call); killed {
				kills++
			}
			checkSchema1(t, path)
			if n > 200 {
				t.Fatalf("%s: it doesn't end", call)
			}
		}
	}
	t.Logf("%d processes were killed", kills)
	if kills < 20 {
		t.Error("these are too few")
	}
}

// migratesUnder tells whether a process that is to die lives until the journal is
// migrated and closed.
func migratesUnder(t *testing.T, path, inject, call string) bool {
	t.Helper()
	child := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+call, "-e", "signal=none",
		"-e", "inject="+inject, "--", os.Args[0])
	child.Env = append(os.Environ(), migrateEnv+"="+path, migrateEnv+"_WHEN=never")
	out, err := child.CombinedOutput()
	if err != nil && len(out) > 0 {
		t.Fatalf("%s: %v\n%s", inject, err, out)
	}
	return err == nil
}
