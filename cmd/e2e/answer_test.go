package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bcp/broker/admin/api"
)

// answer is what a program said and returned.
type answer struct {
	t              *testing.T
	argv           []string
	stdout, stderr string
	code           int
}

// ctl runs bcp-ctl against the broker.
func (d *daemon) ctl(args ...string) answer {
	d.t.Helper()
	return call(d.t, program("bcp-ctl"), append([]string{"--admin", d.admin}, args...)...)
}

// offline runs bcp-ctl on the journal of the broker, which is not running.
func (d *daemon) offline(args ...string) answer {
	d.t.Helper()
	return ctlOn(d.t, d.db, args...)
}

// ctlOn runs bcp-ctl on a journal.
func ctlOn(t *testing.T, db string, args ...string) answer {
	t.Helper()
	return call(t, program("bcp-ctl"), append([]string{"--db", db}, args...)...)
}

// startCtl starts bcp-ctl beside the test.
func (d *daemon) startCtl(args ...string) *process {
	d.t.Helper()
	return start(d.t, "bcp-ctl", append([]string{program("bcp-ctl"), "--admin", d.admin}, args...)...)
}

// call runs a program to its end.
func call(t *testing.T, name string, args ...string) answer {
	t.Helper()
	cmd := exec.CommandContext(deadline(t), name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	argv := append([]string{filepath.Base(name)}, args...)
	return answer{t, argv, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// exits checks the exit code.
func (a answer) exits(code int) answer {
	a.t.Helper()
	if a.code != code {
		a.t.Fatalf("%v: exit code %d, not %d\n%s%s", a.argv, a.code, code, a.stdout, a.stderr)
	}
	return a
}

// says checks that the standard output has each of the texts.
func (a answer) says(texts ...string) answer {
	a.t.Helper()
	return a.has(a.stdout, texts)
}

// complains is says for the standard error.
func (a answer) complains(texts ...string) answer {
	a.t.Helper()
	return a.has(a.stderr, texts)
}

func (a answer) has(said string, texts []string) answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			a.t.Errorf("%v: no %q in\n%s", a.argv, text, said)
		}
	}
	return a
}

// text returns the standard output without the last line feed.
func (a answer) text() string { return strings.TrimSuffix(a.stdout, "\n") }

// tasks reads the output of -o jsonl.
func (a answer) tasks() []api.Task {
	a.t.Helper()
	var tasks []api.Task
	for dec := json.NewDecoder(strings.NewReader(a.stdout)); dec.More(); {
		var task api.Task
		if err := dec.Decode(&task); err != nil {
			a.t.Fatalf("%v: %v in\n%s", a.argv, err, a.stdout)
		}
		tasks = append(tasks, task)
	}
	return tasks
}
