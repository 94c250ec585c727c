package lines_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"bcp/scripts/mutants"
	"bcp/worker/lines"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]lines.Line{
		"":                              nil,
		"  \t ":                         nil,
		"# progress 0.5":                nil,
		"progress 0.5":                  lines.Progress{Fraction: 0.5},
		" progress\t 40%  reading  it ": lines.Progress{Fraction: 0.4, Text: "reading  it"},
		"progress 3/4 read\r":           lines.Progress{Fraction: 0.75, Text: "read"},
		"progress 0":                    lines.Progress{},
		"progress 1 done":               lines.Progress{Fraction: 1, Text: "done"},
		"progress - who knows":          lines.Progress{Fraction: -1, Text: "who knows"},
		"set rows=12":                   lines.Set{Name: "rows", Value: "12"},
		"set  note = two words = 2 ":    lines.Set{Name: "note", Value: "two words = 2"},
		"set rows=":                     lines.Set{Name: "rows"},
		"checkpoint cm93IDE=":           lines.Checkpoint{State: []byte("row 1")},
		"checkpoint cm93IDE":            lines.Checkpoint{State: []byte("row 1")},
		"checkpoint -":                  lines.Checkpoint{},
		"extend run 2h":                 lines.Extend{Timeout: "run", Left: 2 * time.Hour},
		"extend  life 7d a large input": lines.Extend{Timeout: "life", Left: 7 * 24 * time.Hour, Why: "a large input"},
		"class out-of-memory":           lines.Class{Name: "out-of-memory"},
		"extend silence none":           lines.Extend{Timeout: "silence"},
		"checkpoint-file /tmp/a b":      lines.CheckpointFile{Path: "/tmp/a b"},
	} {
		if got, err := lines.Parse(line); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %#v, %v; want %#v", line, got, err, want)
		}
	}
}

// Every mistake is told with what was given and what is accepted.
func TestParseRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"Progress 0.5":      `unknown word "Progress": progress, set`,
		"progress":          `progress: there is nothing after it: FRACTION`,
		"progress half":     `progress: "half" is no fraction: FRACTION [TEXT], where FRACTION is 0.4, 40%, 4/10, or - for unknown is accepted`,
		"progress 1.5 much": `"1.5" is not between 0 and 1`,
		"progress -0.5":     `"-0.5" is not between 0 and 1`,
		"progress NaN":      `"NaN" is not between 0 and 1`,
		"progress 0/0":      `"0/0" is not between 0 and 1`,
		"progress 1/x":      `"1/x" is no fraction`,
		"progress x/2":      `"x/2" is no fraction`,
		"progress 120%":     `"120%" is not between 0 and 1`,
		"set rows":          `set: "rows" is no NAME=VALUE: NAME=VALUE, NAME without spaces is accepted`,
		"set =5":            `"=5" is no NAME=VALUE`,
		"set two words=5":   `"two words=5" is no NAME=VALUE`,
		"checkpoint":        `checkpoint: there is nothing after it: a state in BASE64 on one line, or - for none, is accepted`,
		"checkpoint row 1":  `checkpoint: what follows is no base64`,
		"extend":            `extend: there is nothing after it: run, silence or life, then a duration`,
		"extend run":        `extend: there is nothing after it`,
		"class":             `class: there is nothing after it: a NAME of at most 255 bytes without spaces is accepted`,
		"class two words":   `class: "two words" is no name`,
		"extend queue 2h":   `"queue" is no time-out`,
		"extend run 2":      `"2" is no duration`,
		"extend run 0s":     `"0s" is no duration`,
		"extend run -1h":    `"-1h" is no duration`,
		"checkpoint-file ":  `checkpoint-file: there is nothing after it: the PATH of a file is accepted`,
	} {
		if got, err := lines.Parse(line); err == nil || got != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %#v, %v; want %q", line, got, err, want)
		}
	}
}

func TestRead(t *testing.T) {
	long := strings.Repeat("x", 3*lines.LineMax)
	text := "one\n\n" + long + "\ntwo\n" + long[:lines.LineMax-1] + "\nlast"
	var got []string
	err := lines.Read(strings.NewReader(text), func(line string, err error) {
		if (len(line) == lines.LineMax) != errors.Is(err, lines.ErrTooLong) {
			t.Errorf("line of %d bytes: %v", len(line), err)
		}
		got = append(got, line[:min(len(line), 4)])
	})
	if want := "one||xxxx|two|xxxx|last"; err != nil || strings.Join(got, "|") != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

// FuzzRead reads whatever a command may write: it is cut into lines that are within
// their bound.
func FuzzRead(f *testing.F) {
	mutants.Fuzz(f, mutants.Texts("one\ntwo\n\nthree", "\n", "", "\r\n\x00"), func(t testing.TB, input []byte) {
		var read []byte
		err := lines.Read(bytes.NewReader(input), func(line string, err error) {
			read = append(append(read, line...), '\n')
			if err != nil || strings.Contains(line, "\n") {
				t.Fatalf("line %q, %v", line, err)
			}
		})
		if err != nil || !bytes.Equal(bytes.TrimSuffix(read, []byte("\n")), bytes.TrimSuffix(input, []byte("\n"))) {
			t.Fatalf("%q is read as %q, %v", input, read, err)
		}
	})
}

// FuzzParse looks for a line that does harm: whatever it says is within its bounds.
func FuzzParse(f *testing.F) {
	seeds := mutants.Texts("progress 0.5 half", "progress 3/4", "progress 40%", "progress -", "set a=b", "set a", "#", "\xff", "checkpoint cm93IDE=", "checkpoint-file a", "extend run 2h", "extend life none", "class oom", "progress 1/1e999")
	mutants.Fuzz(f, seeds, func(t testing.TB, input []byte) {
		line := string(input)
		said, err := lines.Parse(line)
		if err != nil && (said != nil || !strings.Contains(err.Error(), "accepted")) {
			t.Fatalf("%#v, %v", said, err)
		}
		switch said := said.(type) {
		case lines.Progress:
			if !(said.Fraction >= 0 && said.Fraction <= 1 || said.Fraction == -1) {
				t.Fatalf("%+v", said)
			}
		case lines.Set:
			if said.Name == "" || strings.ContainsAny(said.Name, " \t=") {
				t.Fatalf("%+v", said)
			}
		case lines.Extend:
			if said.Left < 0 {
				t.Fatalf("%+v", said)
			}
		case lines.CheckpointFile:
			if said.Path == "" {
				t.Fatalf("%+v", said)
			}
		}
	})
}
