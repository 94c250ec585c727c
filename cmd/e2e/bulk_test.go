package e2e

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// bulkTasks is how many lines a file has: enough to be in the midst of it. A broker with the
// race detector takes as long for fewer.
var bulkTasks = 40_000

func init() {
	if raceDetector {
		bulkTasks = 12_000
	}
}

// writeBulk writes a file of tasks, some of which wait for those of earlier lines.
func writeBulk(t *testing.T) string { return writeTasks(t, bulkTasks) }

func writeTasks(t *testing.T, tasks int) string {
	t.Helper()
	path := filepath.Join(tempDir(t), "tasks.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := 1; i <= tasks; i++ {
		after := ""
		if i%100 == 0 {
			after = fmt.Sprintf(`,"after":["key=bulk/%d"]`, i-99)
		}
		fmt.Fprintf(w, `{"service":"s","body":"%d"%s}`+"\n", i, after)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// bulkArgs submit a file of tasks.
func bulkArgs(path string) []string {
	return []string{"tasks", "submit", "--file", path, "--key-prefix", "bulk"}
}

// wantBulk checks that every line has become one task, and that they were printed
// in order.
func (d *daemon) wantBulk(printed []string) {
	d.t.Helper()
	listed := strings.Fields(d.ctl("tasks", "list", "-o", "name").exits(0).stdout)
	if len(listed) != bulkTasks {
		d.t.Errorf("%d tasks are in the journal, of %d lines", len(listed), bulkTasks)
	}
	slices.Sort(listed)
	if !slices.Equal(printed, listed) { // IDs rise, as lines do
		d.t.Errorf("%d IDs were printed, not those of the %d tasks in order", len(printed), len(listed))
	}
}

// A broker that is killed while a file is submitted is asked again when it is
// back, and every line makes one task.
func TestBulkOverAKill(t *testing.T) {
	d := startBroker(t)
	path := writeBulk(t)
	bulk := d.startCtl(bulkArgs(path)...)
	var printed []string
	for range 3 {
		for range bulkTasks / 8 {
			printed = append(printed, bulk.stdout.await("an ID", anyLine))
		}
		d.restart()
	}
	bulk.exits(0)
	d.wantBulk(append(printed, bulk.stdout.rest()...))
}

func anyLine(string) bool { return true }

// A bulk submit that is interrupted, or killed, goes on when the same command is
// given again.
func TestBulkInterrupted(t *testing.T) {
	d := startBroker(t)
	path := writeBulk(t)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		bulk := d.startCtl(bulkArgs(path)...)
		bulk.stdout.await("an ID", anyLine)
		bulk.signal(s)
		if code := bulk.wait(); code == 0 {
			t.Fatalf("%v: the whole file was submitted before", s)
		}
		if s == syscall.SIGINT {
			bulk.stderr.awaitText("the same command again submits what is missing")
		}
	}
	all := d.ctl(bulkArgs(path)...).exits(0)
	d.wantBulk(strings.Fields(all.stdout))
	d.ctl(bulkArgs(path)...).exits(0).complains(fmt.Sprintf("0 tasks submitted, %d before", bulkTasks))
}
