package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bcp/cmd/internal/scripttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bcp-ctl": main})
}

// TestScripts runs the scripts in testdata: what the commands say, print and
// return, against real brokers and real journal files.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: scripttest.Setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"broker":  brokerCommand,
			"journal": journalCommand,
			"spoil":   spoilCommand,
			"submit":  submitCommand,
			"last":    lastCommand,
			"exits":   scripttest.Exits,
		},
	})
}

// TestBuildsWithoutC builds the program as it is on machines that have no libzmq.
func TestBuildsWithoutC(t *testing.T) {
	cmd := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "bcp-ctl"), ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
