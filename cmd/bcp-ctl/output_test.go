package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bcp/broker/admin/api"
)

// A table longer than what is held at a time has one head, every row, and
// columns that never become narrower.
func TestLongTable(t *testing.T) {
	var out bytes.Buffer
	p := newPrinter(&globals{output: "table"}, &out, taskView(time.Now))
	const rows = 2*chunk + 1
	for i := range rows {
		id := fmt.Sprintf("%026d", i)
		if err := p.add(api.Task{ID: id, State: "pending", Target: api.Target{Kind: "worker", Name: strings.Repeat("w", 1+i/chunk)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != rows+1 || strings.Count(out.String(), "STATE") != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines[1:] {
		if !strings.HasPrefix(line, fmt.Sprintf("%026d  pending  worker/w", i)) {
			t.Fatalf("line %d: %s", i, line)
		}
	}
}

// A list that an error cuts off is shown as far as it came, and no JSON list is closed then.
func TestListThatIsCutOff(t *testing.T) {
	want := errors.New("enough")
	for format, shown := range map[string]string{"table": "ID ", "name": "T1\n", "json": "[\n  {"} {
		var out bytes.Buffer
		p := newPrinter(&globals{output: format}, &out, taskView(time.Now))
		if err := p.add(api.Task{ID: "T1"}); err != nil {
			t.Fatal(err)
		}
		err := p.cutOff(want)
		if text := out.String(); !errors.Is(err, want) || !strings.HasPrefix(text, shown) || !strings.Contains(text, "T1") || strings.HasSuffix(text, "]\n") {
			t.Errorf("%s: %q, %v", format, text, err)
		}
	}
}

// A task that was waited for is as old as when it is shown, not as when the wait began.
func TestAgeOfWhatWasWaitedFor(t *testing.T) {
	var out bytes.Buffer
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	now := began
	p := newPrinter(&globals{output: "table"}, &out, taskView(func() time.Time { return now }))
	now = began.Add(90 * time.Second)
	task := api.Task{ID: "T1", State: "running", SubmittedAt: api.TimeOf(began), StartedAt: api.TimeOf(began.Add(time.Second))}
	if err := errors.Join(p.add(task), p.close()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), " 1m30s  1m29s") {
		t.Fatalf("it is not 1m30s old, and has not lasted 1m29s:\n%s", &out)
	}
}

func TestEmptyLists(t *testing.T) {
	for format, want := range map[string]string{"table": "", "wide": "", "name": "", "jsonl": "", "json": "[]\n"} {
		var out, words bytes.Buffer
		p := newPrinter(&globals{output: format}, &out, taskView(time.Now))
		if err := p.finish(&words); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v", format, out.String(), err)
		}
		if told := words.String() == "No tasks.\n"; told != (format == "table" || format == "wide") {
			t.Errorf("%s: told %q", format, words.String())
		}
	}
}

// A history tells for how long a task waits that has failed.
func TestHistoryTellsWaits(t *testing.T) {
	var out bytes.Buffer
	p := newPrinter(&globals{output: "wide"}, &out, historyView())
	if err := errors.Join(p.add(api.HistoryEntry{Kind: "requeue", Reason: "error", DelayMS: 90_000}), p.close()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "error   1m30s") {
		t.Error(out.String())
	}
}

func TestDiskText(t *testing.T) {
	for want, d := range map[string]*api.Disk{
		"not watched": nil,
		"the journal's file has been moved or removed: new tasks are refused; put it back, or save all with journal backup before the broker ends": {Full: true, Lost: true},
		"70.0 MiB free, 64.0 MiB kept for the ends of what was accepted":                                                                           {Free: 70 << 20, Kept: 64 << 20},
		"full, new tasks are refused: 100.0 KiB free, 2.0 MiB kept for the ends of what was accepted":                                              {Free: 100 << 10, Kept: 2 << 20, Full: true},
	} {
		if got := diskText(d); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"plain text, grüße, 日本": "plain text, grüße, 日本",
		"a\nb\x1b[31mc":         `a\nb\x1b[31mc`,
		"\u202egnp.exe":         `\u202egnp.exe`,
	} {
		if got := printable(s); got != want {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func TestBrief(t *testing.T) {
	long := "exit code 4: " + strings.Repeat("é", 4000) + "the end"
	got := brief(long)
	if !strings.HasPrefix(got, "exit code 4: é") || !strings.HasSuffix(got, "éthe end") || len([]rune(got)) > 410 {
		t.Errorf("%d characters: %s", len([]rune(got)), got)
	}
	if s := strings.Repeat("é", 400); brief(s) != s {
		t.Error("a text that is not too long was cut")
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 59 * time.Second: "59s", 61 * time.Second: "1m1s",
		3*time.Hour + 5*time.Minute: "3h5m", 50 * time.Hour: "2d2h",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %s, not %s", d, got, want)
		}
	}
}

// What no worker can do waits for one, whatever limit keeps it as well.
func TestStateText(t *testing.T) {
	full := []api.Limiting{{Limit: "service/hash", Out: 1, Running: 1}}
	for want, task := range map[string]api.Task{
		"pending (limit service/hash 1/1)": {Limits: full, Hindrance: "away"},
		"pending (no worker has so much)":  {Limits: full, Hindrance: "resources"},
		"pending (workers away)":           {Hindrance: "away"},
	} {
		task.State = "pending"
		if got := stateText(&task, time.Now(), false); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
