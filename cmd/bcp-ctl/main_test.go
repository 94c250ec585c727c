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

// The broker is told in JSON, which would put another text in the place of what is no UTF-8.
func TestOtherBytesThanUTF8AreRefused(t *testing.T) {
	for want, args := range map[string][]string{
		`argv "a\xff": UTF-8 is accepted`:         {"tasks", "submit", "--service", "s", "--", "a\xff"},
		`--key "a\xff": UTF-8 is accepted`:        {"tasks", "submit", "--service", "s", "--key", "a\xff"},
		`--key-prefix "a\xff": UTF-8 is accepted`: {"tasks", "submit", "--file", "lines", "--key-prefix", "a\xff"},
		`--reason "a\xff": UTF-8 is accepted`:     {"tasks", "cancel", "01JD3", "--reason", "a\xff"},
		`--by "a\xff": UTF-8 is accepted`:         {"limits", "set", "key/a", "--running", "1", "--by", "a\xff"},
		`--filter "key=a\xff": UTF-8 is accepted`: {"tasks", "cancel", "--filter", "key=a\xff"},
		`--worker "a\xff": UTF-8 is accepted`:     {"tasks", "cancel", "--worker", "a\xff"},
		`--after "a\xff": UTF-8 is accepted`:      {"tasks", "submit", "--service", "s", "--after", "b", "--after", "a\xff"},
		`argument "key=a\xff": UTF-8 is accepted`: {"tasks", "cancel", "key=a\xff"},
		`path "/a\xff": UTF-8 is accepted`:        {"journal", "backup", "/a\xff"},
	} {
		var out strings.Builder
		code := run(append([]string{"--admin", "unix:nowhere"}, args...), &out)
		if code != exitUsage || !strings.Contains(out.String(), "bcp-ctl: "+want+"\n") {
			t.Errorf("exit code %d, %q: %q is right", code, out.String(), want)
		}
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
