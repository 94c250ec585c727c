// Package scripttest has what the programs' test scripts share.
package scripttest

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// Setup gives a script a runtime directory of its own.
func Setup(env *testscript.Env) error {
	env.Setenv("XDG_RUNTIME_DIR", env.WorkDir)
	// The race detector would have every process sleep a second at its end.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	return nil
}

// Exits runs a program and checks its exit code: "exits CODE PROGRAM ARG...".
func Exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%v: exit code %d, not %s", args[1:], code, args[0])
	}
}

// ExitsInALine is Exits for daemons: those say in one line why they end, for
// that is what a service manager shows.
func ExitsInALine(ts *testscript.TestScript, neg bool, args []string) {
	Exits(ts, neg, args)
	if args[0] != "0" && strings.Count(ts.ReadFile("stderr"), "\n") != 1 {
		ts.Fatalf("want one line on the standard error")
	}
}
