package main

import (
	"strings"
	"testing"
	"time"

	"bcp/scripts/benchmark/internal/load"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", ""},
		{"--quick --peers lean --workers 3,40 --rounds 2", ""},
		{"--peers tame", `peers "tame": lean, lean-ipc and go are accepted`},
		{"--workers 16,none", `workers "16,none": numbers from 1, with commas between them, are accepted`},
		{"--rounds 0", "rounds 0: at least 1 is accepted"},
		{"--only load,core", ""},
		{"--against redis,nats --only load", ""},
		{"--only against", "only against: --against names the others"},
		{"--page README.md", "page README.md: --report names the folder of its charts"},
		{"--against none", `against "none": all, and ` + strings.Join(otherNames(), ", ") + " are accepted"},
		{"--only none", `only "none": all, and ` + strings.Join(cellNames(), ", ") + " are accepted"},
		{"load --quick", `argument "load": only flags are accepted`},
		{"--body -1", "body -1: at least 0 is accepted"},
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

// measured is a sheet of three rounds.
func measured(factor float64) *sheet {
	s := &sheet{Cell: "load", Head: "peers, workers"}
	for _, n := range []time.Duration{3, 1, 2} {
		measurement{
			perSecond: factor * 1000 * float64(n), perTask: n * time.Microsecond, perPeers: 10 * n * time.Microsecond,
			p50: n * time.Millisecond, p99: 5 * n * time.Millisecond,
		}.addTo(s, loadRow("lean", 16))
	}
	return s
}

func TestTable(t *testing.T) {
	s := measured(1)
	s.note("a remark")
	s.note("a remark")
	lines := strings.Split(s.text(), "\n")
	want := "lean 16 2000 ±50% 2.00 ±50% 20.0 ±50% 2.00 ±50% 10.0 ±50%"
	if got := strings.Join(strings.Fields(lines[1]), " "); got != want {
		t.Errorf("row %q, want %q", got, want)
	}
	if len(lines) != 4 || lines[2] != "   (a remark)" {
		t.Errorf("lines %q: a row and one remark are wanted", lines)
	}
}

// TestRatios compares a side with one that is twice as fast, round by round.
func TestRatios(t *testing.T) {
	a, b := &side{name: "A: old"}, &side{name: "B: new"}
	for range 2 {
		a.take([]*sheet{measured(1)})
		b.take([]*sheet{measured(2)})
	}
	s := ratios(a, b)[0]
	row := "lean 16: " + perSecond
	if got := s.figure(row, "B/A"); len(got) != 6 || got.median() != 2 || got.spread() != 0 {
		t.Errorf("ratios %v, want six times 2", []float64(got))
	}
	if got := s.figure("lean 16: "+brokerTime, "B/A").median(); got != 1 {
		t.Errorf("ratio of equal figures %v", got)
	}
	if got := s.figure(row, "A: old").median(); got != 2000 {
		t.Errorf("median of the first side %v, want 2000", got)
	}
}

func TestSamples(t *testing.T) {
	for _, c := range []struct {
		values samples
		want   string
	}{
		{nil, "-"},
		{samples{0}, "0"},
		{samples{0.0123}, "0.012"},
		{samples{1.234}, "1.23"},
		{samples{4, 2}, "3.00 ±33%"},
		{samples{12000, 8000, 10000}, "10000 ±20%"},
	} {
		if got := c.values.String(); got != c.want {
			t.Errorf("%v is shown as %q, want %q", []float64(c.values), got, c.want)
		}
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
