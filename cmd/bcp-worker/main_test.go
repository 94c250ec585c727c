package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bcp/cmd/internal/scripttest"
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
		Dir:   "testdata",
		Setup: scripttest.Setup,
		Cmds:  map[string]func(*testscript.TestScript, bool, []string){"exits": scripttest.ExitsInALine},
	})
}
