package main

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bcp/worker/runner"
)

func TestMain(m *testing.M) {
	if runner.Guard() { // of a worker in a script
		return
	}
	testscript.Main(m, map[string]func(){"bcp-worker": main})
}

// TestScripts runs the scripts in testdata against the real program.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			// The race detector would have every process sleep a second at its end.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exitsCommand},
	})
}

// exitsCommand runs bcp-worker and checks its exit code: "exits CODE FLAG...".
func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: exits CODE FLAG...")
	}
	err := ts.Exec("bcp-worker", args[1:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
	if code != 0 && strings.Count(ts.ReadFile("stderr"), "\n") != 1 {
		ts.Fatalf("want one line on the standard error")
	}
}
