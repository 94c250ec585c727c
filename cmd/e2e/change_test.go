package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A broker that is killed while many tasks are changed: what it has told is shown and
// counted, and the same command again does the rest.
func TestChangeOverAKill(t *testing.T) {
	const tasks = 12_000 // enough to be in the midst of it
	d := startBroker(t)
	d.ctl(bulkArgs(writeTasks(t, tasks))...).exits(0)
	cancel := []string{"tasks", "cancel", "--service", "s", "--yes"}
	job := d.startCtl(cancel...)
	shown := []string{job.stdout.await("a task", func(line string) bool { return strings.Contains(line, "canceled") })}
	d.kill()
	job.exits(6)
	shown = append(shown, job.stdout.rest()...)
	job.stderr.awaitText(fmt.Sprintf("What became of %d of %d tasks is told: the same command again does the rest.", len(shown), tasks))
	d.start()
	d.ctl(cancel...).exits(0)
	if left := d.ctl("tasks", "list", "-o", "name").exits(0).stdout; left != "" {
		t.Errorf("left: %s", left)
	}
}
