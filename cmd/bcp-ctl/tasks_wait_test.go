package main

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bcp/broker/admin/api"
)

// A wait lasts over a restart of the broker, and says so.
func TestWaitOverARestart(t *testing.T) {
	dir := t.TempDir()
	stop := mustStart(t, dir)
	c := newClient(t, "unix:"+filepath.Join(dir, api.SocketName))
	task, err := c.Submit(t.Context(), api.Submission{Worker: "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	told, words := io.Pipe()
	ended := make(chan api.Task, 1)
	go func() {
		got, err := newWaiter(c, 0, words).wait(t.Context(), task.ID)
		if err != nil {
			t.Error(err)
		}
		ended <- got
	}()
	stop()
	if line, err := bufio.NewReader(told).ReadString('\n'); err != nil || !strings.Contains(line, "The broker is away") {
		t.Errorf("%q, %v", line, err)
	}
	defer mustStart(t, dir)()
	what := api.Change{IDs: []string{task.ID}, By: "ann"}
	if err := c.Change(t.Context(), api.VerbCancel, what, func(api.ChangeRow) error { return nil }); err != nil {
		t.Error(err)
	}
	if got := <-ended; got.State != "canceled" || endedWell(&got) == nil {
		t.Errorf("the wait ended with %+v", got)
	}
}

func mustStart(t *testing.T, dir string) (stop func()) {
	t.Helper()
	stopIt, err := startBroker(dir)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := stopIt(); err != nil {
			t.Error(err)
		}
	}
}

// Who waits does so over every end of a broker, also over one that its journal
// brings about; a refusal it is told at once. A script that doesn't wait sees one exit code for
// all of them.
func TestIsAway(t *testing.T) {
	for _, test := range []struct {
		err  error
		away bool
	}{
		{fmt.Errorf("%w at unix:bcp.sock", api.ErrNoBroker), true},
		{fmt.Errorf("%w at unix:bcp.sock: %w", api.ErrNoBroker, syscall.EACCES), false},
		{api.Errorf(api.CodeStopping, "the broker is shutting down"), true},
		{api.Errorf(api.CodeFailed, "the broker has failed"), true},
		{api.Errorf(api.CodeUnknownTask, "no such task"), false},
		{io.ErrUnexpectedEOF, false},
		{nil, false},
	} {
		if isAway(test.err) != test.away {
			t.Errorf("%v: want %v", test.err, test.away)
		}
		if code := exitCode(test.err); test.away && code != exitNoBroker {
			t.Errorf("%v: exit code %d", test.err, code)
		}
	}
}
