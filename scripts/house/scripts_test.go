package house

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// Each script tells what it does when it is asked to, and does nothing then.
func TestScriptsHelp(t *testing.T) {
	for script, says := range map[string]string{
		"build":   "builds the three programs",
		"check":   "Looks at the code",
		"test":    "Arguments go to go test",
		"demo":    "-goroot",
		"bench":   "-compare",
		"torture": "-beside",
		"planted": "-lives",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("./"+script, "--help")
			cmd.Dir = ".." // a relative path, from a folder that is not the root
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), says) || bytes.Contains(out, []byte("== ")) {
				t.Errorf("%v, %s", err, out)
			}
		})
	}
}

// What a script doesn't know is refused before anything is done. Those that run a program
// leave that to it.
func TestScriptsRefuse(t *testing.T) {
	for script, arg := range map[string]string{"build": "x", "check": "--fix", "test": "--frobnicate"} {
		cmd := exec.Command("scripts/"+script, arg)
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		if want := script + ": " + arg + ": not accepted; --help tells what is\n"; cmd.ProcessState.ExitCode() != 2 || string(out) != want {
			t.Errorf("%v, %q; %q is right", err, out, want)
		}
	}
}
