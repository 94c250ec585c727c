package runner

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if Guard() {
		return
	}
	if os.Getenv(doomedVariable) != "" {
		runDoomed()
		return
	}
	if os.Getenv(crowdVariable) != "" {
		runCrowd()
		return
	}
	os.Exit(m.Run())
}

func newRunner(t *testing.T) *Runner {
	t.Helper()
	t.Parallel()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeRunner(t, r) })
	return r
}

func closeRunner(t *testing.T, r *Runner) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func shell(script string) Command {
	return Command{Argv: []string{"/bin/sh", "-c", script}, Grace: time.Minute}
}

// The Runner may be closed by who defers it, and by who wants its error.
func TestCloseTwice(t *testing.T) {
	r := newRunner(t) // whose clean-up closes it once more
	closeRunner(t, r)
}

func TestResultIsStandardOutput(t *testing.T) {
	r := newRunner(t)
	body := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	started := 0
	out, err := r.Run(t.Context(), Command{
		Argv: []string{"cat"}, Stdin: body, Started: func() { started++ },
	})
	if err != nil || !bytes.Equal(out, body) {
		t.Errorf("%d bytes, error %v; want the %d that went in", len(out), err, len(body))
	}
	if started != 1 {
		t.Errorf("started called %d times", started)
	}
}

func TestBodyNeedNotBeRead(t *testing.T) {
	c := shell("echo ready")
	c.Stdin = make([]byte, 1<<20)
	if out, err := newRunner(t).Run(t.Context(), c); err != nil || string(out) != "ready\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestEnvironment(t *testing.T) {
	c := shell(`echo "$BCP_TASK_ID $BCP_WORKER_GUARD"; test -n "$PATH"`)
	c.Env = []string{"BCP_TASK_ID=01J"}
	if out, err := newRunner(t).Run(t.Context(), c); err != nil || string(out) != "01J \n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestExitIsTheVerdict(t *testing.T) {
	r := newRunner(t)
	long := `i=0; while [ $i -lt 2000 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 2`
	for name, c := range map[string]struct {
		script, prefix, suffix string
		code                   int
		signal                 syscall.Signal
	}{
		"code":      {script: "exit 3", prefix: "exit code 3", suffix: "exit code 3", code: 3},
		"stderr":    {script: "echo bad input >&2; exit 1", prefix: "exit code 1: bad", suffix: "input", code: 1},
		"signal":    {script: "kill -SEGV $$", prefix: "killed by SIGSEGV", code: -1, signal: syscall.SIGSEGV},
		"long tail": {script: long, prefix: "exit code 2: ... ", suffix: "line 1999", code: 2},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := r.Run(t.Context(), shell("echo partial; "+c.script))
			exit := &ExitError{}
			if !errors.As(err, &exit) || out != nil {
				t.Fatalf("result %q, error %v", out, err)
			}
			if exit.Code != c.code || exit.Signal != c.signal {
				t.Errorf("code %d signal %v", exit.Code, exit.Signal)
			}
			text := err.Error()
			if !strings.HasPrefix(text, c.prefix) || !strings.HasSuffix(text, c.suffix) || len(text) > tailMax+50 {
				t.Errorf("text %q", text)
			}
		})
	}
}

func TestCommandThatCannotStart(t *testing.T) {
	r := newRunner(t)
	for name, argv := range map[string][]string{
		"empty":      nil,
		"missing":    {"bcp-no-such-command"},
		"directory":  {"/tmp"},
		"no program": {"/etc/passwd"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Command{Argv: argv, Started: func() { t.Error("start confirmed") }}
			if _, err := r.Run(t.Context(), c); !errors.Is(err, ErrStart) {
				t.Errorf("error %v, want ErrStart", err)
			}
		})
	}
}

func TestResultLimit(t *testing.T) {
	r := newRunner(t)
	c := shell("printf 12345")
	c.ResultMax = 5
	if out, err := r.Run(t.Context(), c); err != nil || string(out) != "12345" {
		t.Errorf("at the limit: %q, %v", out, err)
	}
	c.ResultMax = 4
	if _, err := r.Run(t.Context(), c); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	// One that writes for ever and does not listen to TERM is killed.
	c = shell(`trap "" TERM; while :; do echo more; done`)
	c.ResultMax = 100_000
	if _, err := r.Run(t.Context(), c); !errors.Is(err, ErrTooLarge) {
		t.Errorf("without end: %v", err)
	}
}

func TestStop(t *testing.T) {
	r := newRunner(t)
	for name, c := range map[string]struct {
		script string
		kill   bool
	}{
		"term":                {script: "sleep 1000"},
		"term with children":  {script: "sleep 1000 & sleep 1000 & wait"},
		"exit 0 on term":      {script: `trap "exit 0" TERM; echo half; while :; do sleep 0.01; done`},
		"term is ignored":     {script: `trap "" TERM; sleep 1000`, kill: true},
		"child ignores term":  {script: `(trap "" TERM; sleep 1000) & wait`, kill: true},
		"stopped by a signal": {script: `kill -STOP $$; sleep 1000`},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			kill := make(chan struct{})
			cmd := shell(c.script)
			cmd.Kill = kill
			cmd.Started = func() {
				cancel()
				if c.kill {
					close(kill)
				}
			}
			if out, err := r.Run(ctx, cmd); !errors.Is(err, ErrStopped) || out != nil {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}

// TestNothingIsLeft looks at the group after Run: Run must not return earlier.
func TestNothingIsLeft(t *testing.T) {
	r := newRunner(t)
	for name, script := range map[string]string{
		"ended well":       `sleep 1000 & echo $$`,
		"ended by kill":    `sleep 1000 & echo $$; kill -KILL $$`,
		"children respawn": `(trap "sleep 1000 & exit" TERM; sleep 1000 & wait) & echo $$`,
		"term is ignored":  `(trap "" TERM; sleep 1000) & echo $$`,
	} {
		t.Run(name, func(t *testing.T) {
			pid := t.TempDir() + "/pid"
			c := shell("echo $$ >" + pid + ";" + script)
			c.Grace = 20 * time.Millisecond
			_, _ = r.Run(t.Context(), c)
			text, err := os.ReadFile(pid)
			if err != nil {
				t.Fatal(err)
			}
			n, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			if !group(n).gone() {
				t.Error("something of the group is left")
			}
		})
	}
}

func TestManyAtOnce(t *testing.T) {
	r := newRunner(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			want := strconv.Itoa(i)
			c := Command{Argv: []string{"cat"}, Stdin: []byte(want)}
			if out, err := r.Run(t.Context(), c); err != nil || string(out) != want {
				t.Errorf("%q, %v; want %s", out, err, want)
			}
		})
	}
	wg.Wait()
}
