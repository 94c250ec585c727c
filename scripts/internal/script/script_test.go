package script_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"bcp/scripts/internal/script"
)

// programEnv makes this test the program itself.
const programEnv = "BCP_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		script.Main("sample", sample)
		return
	}
	os.Exit(m.Run())
}

// sample talks until it is ended, fails, or has a mistake in its flags.
func sample(args []string) (func(context.Context) error, error) {
	f := flag.NewFlagSet("sample", flag.ContinueOnError)
	fails := f.Bool("fail", false, "fail")
	talks := f.Bool("talk", false, "talk until nobody listens")
	deaf := f.Bool("deaf", false, "talk to somebody who has gone")
	return func(ctx context.Context) error {
		if *fails {
			return errors.New("it has failed")
		}
		for *talks && ctx.Err() == nil {
			_, _ = os.Stdout.WriteString("still there\n")
		}
		if *deaf {
			err := talkToNobody()
			return errors.Join(err, ctx.Err())
		}
		return ctx.Err()
	}, script.Parse(f, args)
}

// talkToNobody writes into a pipe of its own that nobody reads, and waits for the signal of it.
func talkToNobody() error {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGPIPE)
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	if _, err := w.WriteString("hello"); !errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("a pipe that nobody reads took it: %w", err)
	}
	<-told
	return w.Close()
}

func program(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), programEnv+"=1")
	return cmd
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"-fail=false", 0, ""},
		{"-deaf", 0, ""}, // its own output is read
		{"--help", 0, "Usage of sample"},
		{"-fail", 1, "sample: it has failed\n"},
		{"-frobnicate", 2, "sample: flag provided but not defined: -frobnicate\n"},
		{"frobnicate", 2, `sample: argument "frobnicate": only flags are accepted` + "\n"},
		{"check -fail", 0, ""},
		{"check -frobnicate", 2, "sample: flag provided but not defined: -frobnicate\n"},
	} {
		cmd := program(strings.Fields(c.args)...)
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != c.code || !strings.Contains(string(out), c.says) {
			t.Errorf("%s: code %d, %v, %q; code %d and %q are right", c.args, got, err, out, c.code, c.says)
		}
	}
}

// A program whose output nobody reads any more ends by itself, so that it can tidy up.
func TestNobodyReads(t *testing.T) {
	cmd := program("-talk")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	words := &strings.Builder{}
	cmd.Stderr = words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := stdout.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its code is looked at
	if got := cmd.ProcessState.ExitCode(); got != 1 || words.String() != "sample: context canceled\n" {
		t.Errorf("%v, %q", cmd.ProcessState, words)
	}
}
