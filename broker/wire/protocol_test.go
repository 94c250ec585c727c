package wire

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bcp/journal"
	"bcp/journal/filter"
)

// TestProtocolListsEverything holds PROTOCOL.md to the code's lists: a number
// that is not in its tables is one that no stranger can know.
func TestProtocolListsEverything(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for n, e := range commands {
		if e.name != "" {
			want = append(want, fmt.Sprintf("\n| 0x%02x | %s | ", n, e.name), fmt.Sprintf("\n### 0x%02x %s\n", n, e.name))
		}
	}
	for code, name := range codeNames {
		want = append(want, fmt.Sprintf("\n| %d | %s | ", code, name))
	}
	for _, s := range journal.States {
		want = append(want, fmt.Sprintf("\n| %d | %s | ", s, s))
	}
	for r := journal.ReasonFinished; !strings.HasPrefix(r.String(), "reason("); r++ {
		want = append(want, fmt.Sprintf("\n| %d | %s | ", r, r))
	}
	for i := range journal.Options {
		o := &journal.Options[i]
		want = append(want, fmt.Sprintf("\n| %d | %s | %s: ", o.Number, o.Name, sortNames[o.Sort]))
	}
	for _, row := range want {
		if !strings.Contains(string(text), row) {
			t.Errorf("PROTOCOL.md has no %q", strings.TrimSpace(row))
		}
	}
}

// sortNames are how PROTOCOL.md calls what an option's value is.
var sortNames = map[journal.Sort]string{
	journal.Number: "number", journal.Milliseconds: "duration", journal.Moment: "moment", journal.Switch: "switch",
	journal.Choice: "choice", journal.Percent: "percent", journal.Set: "set", journal.Text: "text", journal.Texts: "texts", journal.Tasks: "tasks",
}

// TestProtocolListsEdits holds the section of EDIT to the table of options.
func TestProtocolListsEdits(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	for edit, row := range map[journal.Edits]string{
		journal.EditAlways: "at any time", journal.EditPending: "only while the task is pending", journal.EditNever: "never",
	} {
		var names []string
		for i := range journal.Options {
			if o := &journal.Options[i]; o.Edit == edit {
				names = append(names, o.Name)
			}
		}
		want := fmt.Sprintf("\n| %s | %s |\n", row, strings.Join(names, ", "))
		if !strings.Contains(string(text), want) {
			t.Errorf("PROTOCOL.md has no %q in the section of EDIT", strings.TrimSpace(want))
		}
	}
}

// TestProtocolListsFilters holds the section of FIND to the names of the filter
// language.
func TestProtocolListsFilters(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### 0x19 FIND\n")
	section, _, _ = strings.Cut(section, "\n### ")
	var listed []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, " | "); len(cells) > 2 {
			listed = append(listed, strings.Split(strings.TrimPrefix(cells[0], "| "), ", ")...)
		}
	}
	for _, line := range filter.Help() {
		if !slices.Contains(listed, line[0]) {
			t.Errorf("PROTOCOL.md does not list the filter %s", line[0])
		}
	}
}

// TestProtocolQuotesAVector checks the vector in PROTOCOL.md against the file.
func TestProtocolQuotesAVector(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	vectors, err := os.ReadFile("testdata/vectors/bcp2-worker.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, begun, _ := strings.Cut(string(vectors), "vector: begun\n")
	begun, _, _ = strings.Cut(begun, "\n\n")
	quoted := "    vector: begun\n    " + strings.ReplaceAll(begun, "\n", "\n    ") + "\n"
	if begun == "" || !strings.Contains(string(text), quoted) {
		t.Errorf("PROTOCOL.md does not quote\n%s", quoted)
	}
}
