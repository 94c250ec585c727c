package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// saved makes a journal with tasks of such bodies, and returns an export and a backup of it.
func saved(t *testing.T, tasks, body int) (exported, backup string) {
	t.Helper()
	d, dir := startBroker(t), tempDir(t)
	exported, backup = filepath.Join(dir, "e.jsonl"), filepath.Join(dir, "backup.db")
	var lines strings.Builder
	for n := range tasks {
		fmt.Fprintf(&lines, "{\"service\":\"s\",\"key\":\"%d\",\"body\":\"%s\"}\n", n, strings.Repeat("x", body))
	}
	file := filepath.Join(dir, "tasks.jsonl")
	writeText(t, file, lines.String())
	d.ctl("tasks", "submit", "--file", file).exits(0)
	writeText(t, exported, d.ctl("journal", "export").exits(0).stdout)
	d.ctl("journal", "backup", backup).exits(0)
	return exported, backup
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A journal that a full disk has no room for is told of by the name that it was to have, and
// never by that of a temporary file.
func TestFullDiskNamesTheJournal(t *testing.T) {
	const full = ": no space left on device"
	folder := filepath.Join(tempDir(t), "small")
	onSmall := smallDisk(t, folder)
	db := filepath.Join(folder, "bcp.db")
	payload := regexp.QuoteMeta(db+".blobs/") + "[0-9A-Z]{26}"
	many, whole := saved(t, 200, 8<<10)
	one, large := saved(t, 1, 2<<20)
	for _, c := range []struct{ command, says string }{
		{"import " + many, "lines 2 to 201: import into " + regexp.QuoteMeta(db) + full},
		{"import " + one, "line.*: import into " + regexp.QuoteMeta(db) + ": " + payload + full},
		{"import - <" + many, "standard input: copy it beside " + regexp.QuoteMeta(db) + full},
		{"restore " + whole, "write " + regexp.QuoteMeta(db) + full},
		{"restore " + large, "write " + regexp.QuoteMeta(db) + ": " + payload + full},
	} {
		script := fmt.Sprintf("exec %s --db %s journal %s", program("bcp-ctl"), db, c.command)
		a := call(t, onSmall[0], append(onSmall[1:len(onSmall):len(onSmall)], "sh", "-c", script)...).exits(1)
		if !regexp.MustCompile(c.says + "\n").MatchString(a.stderr) {
			t.Errorf("journal %s: %swant %s", c.command, a.stderr, c.says)
		}
	}
}
