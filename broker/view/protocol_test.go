package view

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bcp/journal"
)

// PROTOCOL.md has a table for each shape, with a row for each field, in its order: a
// stranger reads the JSON by it.
func TestProtocolListsFields(t *testing.T) {
	text, err := os.ReadFile("../wire/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## 14. ")
	for name, shape := range map[string]any{
		"explanation": Explanation{}, "reason": Reason{}, "waiting": Waiting{}, "place": Place{}, "ahead": Ahead{},
		"standing": Standing{}, "deadline": Deadline{}, "limiting": Limiting{}, "task": Task{}, "target": Target{},
		"cancel": Cancel{}, "progress": Progress{}, "checkpoint": Checkpoint{}, "history-entry": HistoryEntry{},
		"queue": Queue{}, "rates": Rates{}, "worker": Worker{}, "usage": Usage{}, "members": journal.Numbers{},
	} {
		_, table, _ := strings.Cut(section, "\n**"+name+"**")
		table, _, _ = strings.Cut(table, "\n**")
		var listed []string
		for line := range strings.Lines(table) {
			if cells := strings.Split(line, " | "); len(cells) == 3 && cells[1] != "type" {
				listed = append(listed, strings.TrimPrefix(cells[0], "| "))
			}
		}
		var want []string
		for f := range reflect.TypeOf(shape).Fields() {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			want = append(want, tag)
		}
		if !slices.Equal(listed, want) {
			t.Errorf("PROTOCOL.md lists of %s\n%q, and there are\n%q", name, listed, want)
		}
	}
}
