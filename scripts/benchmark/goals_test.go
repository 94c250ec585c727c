package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGoals(t *testing.T) {
	for _, c := range []struct {
		want  bound
		value float64
		text  string
	}{
		{atLeast(0.75), 0.75, "at least 0.75: yes"},
		{atLeast(0.75), 0.74, "at least 0.75: no"},
		{atMost(2), 2, "at most 2.00: yes"},
		{atMost(2), 2.1, "at most 2.00: no"},
		{told, 7, "told: -"},
	} {
		if got := c.want.String() + ": " + c.want.met(c.value); got != c.text {
			t.Errorf("%v of %+v is %q, want %q", c.value, c.want, got, c.text)
		}
	}
}

// someSheets are sheets with figures of a few goals and charts.
func someSheets(o *options) []*sheet {
	loads, restart, other := &sheet{Cell: "load"}, &sheet{Cell: "restart"}, &sheet{Cell: againstName}
	loads.Head, restart.Head, other.Head = "peers, workers", "restart", "against others"
	for _, workers := range o.workers {
		loads.add(loadRow("lean", workers), perSecond, 61_000)
		loads.add(loadRow(leanIPC, workers), perSecond, 59_000)
	}
	restart.add(restartRow(o.waiting, 0), warmSeconds, 2, 1)
	restart.add(restartRow(o.waiting, o.ended), warmSeconds, 4, 2)
	other.add("redis", ofOurs, 3)
	other.add("nats", ofOurs, 0.5)
	other.note("nats: a remark")
	return []*sheet{loads, restart, other}
}

// TestVerdicts tells which goals are met by what was measured, and nothing of others.
func TestVerdicts(t *testing.T) {
	o, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]string{}
	for _, v := range verdicts(o, someSheets(o)) {
		met[v.What] = v.Measured + " " + v.Met
	}
	want := map[string]string{
		"tasks/s, 256 workers":                                "61000 yes",
		"tasks/s, 1,024 workers":                              "61000 yes",
		"tasks/s, 256 workers, over a Unix socket":            "59000 no",
		"tasks/s, 1,024 workers, over a Unix socket":          "59000 yes",
		"tasks/s, of the fastest other that syncs":            "0.50 no",
		"restart with 1000000 tasks that wait, s, warm cache": "1.50 ±33% no",
		"the same with 1000000 ended ones beside, of without": "2.00 ±0% no",
	}
	for what, words := range want {
		if met[what] != words {
			t.Errorf("%s: %q, want %q", what, met[what], words)
		}
	}
	if len(met) != len(want) {
		t.Errorf("verdicts %v, want %d", met, len(want))
	}
}

// TestReport writes a report with its charts, and puts it into a page twice.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "page.md")
	o, err := parse([]string{"--report", filepath.Join(dir, "figures"), "--page", page})
	if err != nil {
		t.Fatal(err)
	}
	useOutside(t, o)
	if err := os.WriteFile(page, []byte("before\n"+pageBegin+"old\n"+pageEnd+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sheets := someSheets(o)
	r := &report{Conditions: []condition{{"date", "today"}}, Sheets: sheets, Verdicts: verdicts(o, sheets), Charts: charts(o, sheets)}
	if err := r.write(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.writePage(o); err != nil {
			t.Fatal(err)
		}
	}
	o.from = filepath.Join(o.report, "report.json")
	again, err := obtain(context.Background(), o)
	if err != nil || again.text() != r.text() || again.markdown("") != r.markdown("") {
		t.Errorf("the report is not what was written, error %v", err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"before\n" + pageBegin, pageEnd + "after\n", "| lean 256 | 61000 |", "| tasks/s, 256 workers | at least 60000 | 61000 | yes |",
		"![Throughput](figures/throughput.svg)", "\n- nats: a remark.\n",
		"in [report.md](figures/report.md).\n",
	} {
		if strings.Count(string(text), want) != 1 {
			t.Errorf("the page has not once %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "| restart |") || !strings.Contains(r.markdown("."), "| restart |") {
		t.Errorf("the table of the cell restart stands in the page, or not in the report:\n%s", text)
	}
	svg, err := os.ReadFile(filepath.Join(o.report, "throughput.svg"))
	if err != nil || !strings.Contains(string(svg), "Throughput</text>") {
		t.Errorf("the chart is %q, error %v", svg, err)
	}
}

func TestPageWithoutPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte("nothing\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (&report{}).writePage(&options{page: path, report: "figures"}); err == nil {
		t.Error("no error for a page without the lines")
	}
}
