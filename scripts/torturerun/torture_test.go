package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bcp/journal"
)

// programs is the folder of the programs under test.
var programs string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "bcp-torture-bin-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(programs)
	for _, args := range [][]string{
		{"build", "-o", programs + "/", "bcp/cmd/bcp-broker", "bcp/cmd/bcp-worker", "bcp/cmd/bcp-ctl", "bcp/scripts/torturerun"},
		{"test", "-c", "-o", filepath.Join(programs, simProgram), "bcp/broker/sim"},
	} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %s\n", err, out)
			return 1
		}
	}
	return m.Run()
}

// Each trial finds nothing for a while.
func TestTrials(t *testing.T) {
	for _, trial := range trials() {
		t.Run(trial.name, func(t *testing.T) {
			row, err := runTrial(t.Context(), trial, settings{bin: programs, seed: 1, limit: 2 * time.Second}, func(s string) { t.Error(s) })
			if err != nil {
				t.Fatal(err)
			}
			if row.skipped != "" {
				t.Skip(row.skipped)
			}
			t.Logf("%d faults, %d restarts, %d tasks in %v", row.faults, row.restarts, row.tally.tasks, row.took)
			if row.faults == 0 || row.tally.tasks == 0 && trial.name != "fuzz" {
				t.Error("nothing was done")
			}
		})
	}
}

// A round over a broker that forgets finds it: here the journal is taken away.
func TestForgetfulBroker(t *testing.T) {
	r, err := newRig(settings{bin: programs}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(r.dir)
	r.supervise(t.Context())
	l := newLedger(r)
	l.run(t.Context(), 5)
	r.stop()
	if l.check(); len(r.tally.findings) > 0 {
		t.Fatal(r.tally.findings)
	}
	if err := os.Rename(r.db(), filepath.Join(r.dir, "gone.db")); err != nil {
		t.Fatal(err)
	}
	if l.check(); len(r.tally.findings) == 0 {
		t.Error("a journal that is gone is not found")
	}
}

// What clients were told has to fit into an order.
func TestModel(t *testing.T) {
	one, other := journal.ID{1}, journal.ID{2}
	type told struct {
		kind opKind
		outcome
	}
	for name, c := range map[string]struct {
		told []told
		fits bool
	}{
		"a life":          {[]told{{opSubmit, outcome{id: one}}, {opQuery, outcome{one, journal.Running}}, {opEnd, outcome{one, journal.Done}}, {opQuery, outcome{one, journal.Done}}}, true},
		"a canceled one":  {[]told{{opSubmit, outcome{id: one}}, {opCancel, outcome{one, journal.Canceling}}, {opEnd, outcome{one, journal.Canceled}}}, true},
		"two tasks":       {[]told{{opSubmit, outcome{id: one}}, {opSubmit, outcome{id: other}}}, false},
		"two ends":        {[]told{{opSubmit, outcome{id: one}}, {opEnd, outcome{one, journal.Done}}, {opQuery, outcome{one, journal.Failed}}}, false},
		"alive again":     {[]told{{opSubmit, outcome{id: one}}, {opEnd, outcome{one, journal.Done}}, {opQuery, outcome{one, journal.Running}}}, false},
		"uncanceled":      {[]told{{opSubmit, outcome{id: one}}, {opCancel, outcome{one, journal.Canceling}}, {opQuery, outcome{one, journal.Running}}}, false},
		"nobody's answer": {[]told{{opQuery, outcome{one, journal.Running}}}, false},
	} {
		var h history
		for i, step := range c.told {
			h.add(operation{key: "key", kind: step.kind, call: time.Duration(2 * i), answer: time.Duration(2*i + 1), outcome: step.outcome})
		}
		if h.fits() != c.fits {
			t.Errorf("%s: fits %v", name, h.fits())
		}
	}
}

func TestChoose(t *testing.T) {
	if all, err := choose(""); err != nil || len(all) != len(trials()) {
		t.Errorf("%d trials, %v", len(all), err)
	}
	if some, err := choose("power,kill"); err != nil || len(some) != 2 || some[0].name != "power" {
		t.Errorf("%v, %v", some, err)
	}
	if _, err := choose("kill,flood"); err == nil {
		t.Error("a trial that there is not was chosen")
	}
}

// A trial that can't be done is skipped, and says why.
func TestSkip(t *testing.T) {
	no := trial{name: "x", needs: func() string { return "no x here" }}
	row, err := runTrial(context.Background(), no, settings{}, nil)
	if err != nil || row.skipped != "no x here" || row.rounds != 0 {
		t.Errorf("%+v, %v", row, err)
	}
}
