package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bcp/scripts/benchmark/internal/load"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", ""},
		{"--quick --peers lean --workers 3,40 --rounds 2", ""},
		{"--peers tame", `peers "tame": lean and go are accepted`},
		{"--workers 16,none", `workers "16,none": numbers from 1, with commas between them, are accepted`},
		{"--rounds 0", "rounds 0: at least 1 is accepted"},
		{"--body -1", "body -1, outstanding 0: 0 or more is accepted"},
	} {
		_, err := parse(strings.Fields(c.args))
		if got := words(err); got != c.want {
			t.Errorf("%q: error %q, want %q", c.args, got, c.want)
		}
	}
}

func words(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestTable(t *testing.T) {
	r := row{kind: "lean", workers: 16}
	for _, n := range []time.Duration{3, 1, 2} {
		r.add(measurement{
			perSecond: 1000 * float64(n), perTask: n * time.Microsecond, perPeers: 10 * n * time.Microsecond,
			p50: n * time.Millisecond, p99: 5 * n * time.Millisecond,
		})
	}
	lines := strings.Split(table([]row{r}), "\n")
	if got, want := strings.Fields(lines[1]), "lean 16 2000 2.0 20.0 2.00 10.00"; strings.Join(got, " ") != want {
		t.Errorf("row %q, want %q", got, want)
	}
}

func TestPercentile(t *testing.T) {
	values := []time.Duration{4, 2, 3, 1}
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.99: 4, 1: 4} {
		if got := load.Percentile(values, p); got != want {
			t.Errorf("percentile %v is %d, want %d", p, got, want)
		}
	}
	if got := load.Percentile(nil, 0.5); got != 0 {
		t.Errorf("percentile of nothing is %d", got)
	}
}

// TestProcessorTime compares what /proc says of this process with what the
// kernel says when asked.
func TestProcessorTime(t *testing.T) {
	self := &daemon{process: &exec.Cmd{Process: &os.Process{Pid: os.Getpid()}}}
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
	}
	before, err := ownCPU()
	if err != nil {
		t.Fatal(err)
	}
	got, err := self.cpu()
	if err != nil {
		t.Fatal(err)
	}
	after, err := ownCPU()
	if err != nil {
		t.Fatal(err)
	}
	if got == 0 || got < before-5*tick || got > after+5*tick {
		t.Errorf("/proc says %v, the kernel %v before and %v after", got, before, after)
	}
}
