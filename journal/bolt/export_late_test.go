package bolt

import (
	"path/filepath"
	"testing"

	"bcp/journal"
	"bcp/migrations"
)

// Where a journal doesn't tell any more which tasks have ended late, an export has them as ended
// nevertheless, and says that something is wrong: who imported them as they were before would do
// them once more.
func TestExportOfLateEndsThatAreNotTold(t *testing.T) {
	const tasks = 600
	options := lateOptions(lateness{wait: tasks, step: 4})
	path := filepath.Join(t.TempDir(), "bcp.db")
	s := mustOpen(t, options, path)
	var begin, end []journal.Record
	for n := range tasks {
		life := benchLife(n)
		if begin = append(begin, life[:3]...); n%2 == 0 {
			end = append(end, life[3])
		}
	}
	mustCommit(t, s, begin...)
	mustCommit(t, s, end...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, root, _ := rootOf(t, path, []byte(migrations.Unfolded))
	at := len(content) - len(root)
	for what, wrong := range map[string]int{"a page": at, "an entry": at + len(root[:4096]) - 8*idBytes} {
		overwriteInPlaceAt(t, path, []byte{^content[wrong]}, wrong)
		items, left := export(t, path, nil)
		ended := 0
		for _, i := range items {
			if i.Entry.Task.State.Ended() {
				ended++
			}
		}
		if len(items) != tasks || ended != tasks/2 || len(left) == 0 {
			t.Errorf("%s: %d tasks, %d of them ended, %q", what, len(items), ended, left)
		}
		overwriteInPlaceAt(t, path, content[wrong:wrong+1], wrong)
	}
}
