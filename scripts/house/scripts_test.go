package house

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
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
		"profile": "default.pgo anew",
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

// What a script doesn't know is refused before anything is done, by itself or by the program
// that it runs.
func TestScriptsRefuse(t *testing.T) {
	const own, flag, only = ": %s: not accepted; --help tells what is", ": flag provided but not defined: -%s", `: argument "%s": only flags are accepted`
	for _, c := range []struct{ script, arg, says string }{
		{"build", "x", own},
		{"check", "--fix", own},
		{"profile", "x", own},
		{"test", "--frobnicate", own},
		{"demo", "x", only},
		{"demo", "-frobnicate", flag},
		{"bench", "-frobnicate", flag},
		{"torture", "-frobnicate", flag},
		{"planted", "-frobnicate", flag},
	} {
		cmd := exec.Command("scripts/"+c.script, c.arg)
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		told := c.arg
		if c.says == flag {
			told = strings.TrimPrefix(told, "-")
		}
		if want := c.script + fmt.Sprintf(c.says, told) + "\n"; cmd.ProcessState.ExitCode() != 2 || string(out) != want {
			t.Errorf("%v, %q; %q is right", err, out, want)
		}
	}
}

// A program that a script attends to ends with the script, however that is told to end, and
// what it has started if the script says so.
func TestScriptsTakeTheirProgramAlong(t *testing.T) {
	for attend, program := range map[string]string{
		"attend":     "echo up; exec cat <&3",
		"attend_all": "cat <&3 & echo up; wait",
	} {
		for _, told := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
			if signal.Ignored(told) { // so a shell can't be told
				continue
			}
			takesAlong(t, attend, program, told)
		}
	}
}

func takesAlong(t *testing.T, attend, program string, told syscall.Signal) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", `. scripts/lib.sh; "$@"`, "scripts/torture", attend, "sh", "-c", program)
	cmd.Dir, cmd.ExtraFiles = "../..", []*os.File{read}
	says, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cmd.Start(), read.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(says, make([]byte, len("up\n"))); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(told); err != nil {
		t.Fatal(err)
	}
	ended, err := cmd.Process.Wait()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = write.Write([]byte("reads on")) // who has ended can't
	_ = write.Close()
	if out, err := io.ReadAll(says); err != nil || len(out) > 0 || ended.ExitCode() != 128+int(syscall.SIGTERM) {
		t.Errorf("%s, %v: the script ends with %v, its program says %q: %v", attend, told, ended, out, err)
	}
}
