package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bcp/broker/admin/api"
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

// Who may not ask the broker is not told to look for another one.
func TestTellWhoMayNotAsk(t *testing.T) {
	var out strings.Builder
	tell(&out, "bcp-ctl status", fmt.Errorf("%w at unix:bcp.sock: %w", api.ErrNoBroker, syscall.EACCES))
	want := "bcp-ctl: no broker at unix:bcp.sock: permission denied\nThe address is not for you: ask as the user that the broker runs as.\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// TestBuildsWithoutC builds the program as it is on machines that have no libzmq.
func TestBuildsWithoutC(t *testing.T) {
	cmd := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "bcp-ctl"), ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
