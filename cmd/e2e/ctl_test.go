package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bcp/broker/admin/api"
	"bcp/client"
)

// The operator's day: every command once, against a broker and a worker that
// run. The details of each are in the scripts of cmd/bcp-ctl.
func TestCtl(t *testing.T) {
	d := startBroker(t)
	startWorker(t, d, "w1", "--service", "s", "--slots", "2", "--allow-argv", "--", "echo", "fine")

	d.ctl("version").exits(0).says("bcp-ctl", "bcp-broker")
	d.ctl("status").exits(0).says(d.db, d.endpoint)
	d.ctl("workers", "list").exits(0).says("w1", api.WorkerLive)
	d.ctl("workers", "show", "w1").exits(0).says("BCP/2", "s")

	done := d.ctl("tasks", "submit", "--service", "s", "--wait", "-o", "jsonl").exits(0).tasks()[0]
	d.ctl("tasks", "result", done.ID).exits(0).says("fine\n")
	d.ctl("tasks", "show", strings.ToLower(done.ID)).exits(0).says(done.ID, "done")
	d.ctl("tasks", "history", done.ID).exits(0).says("submit", "dispatch", "start", "end", "w1")
	d.ctl("tasks", "wait", done.ID).exits(0)
	d.ctl("tasks", "list").exits(0).complains("No tasks")

	failed := d.ctl("tasks", "submit", "--worker", "w1", "--wait", "--", "sh", "-c", "echo wrong >&2; exit 3")
	failed.exits(5).says("failed", "exit code 3: wrong")
	listed := d.ctl("tasks", "list", "--state", "failed", "-o", "jsonl").exits(0).tasks()
	if len(listed) != 1 || listed[0].State != "failed" {
		t.Fatalf("listed as failed: %+v", listed)
	}
	d.ctl("tasks", "wait", done.ID, listed[0].ID).exits(5).says("done", "failed")
	for _, format := range []string{"table", "wide", "json", "jsonl", "name"} {
		d.ctl("tasks", "list", "--all", "-o", format).exits(0).says(done.ID, listed[0].ID)
	}
}

func TestCtlCancelOfRunning(t *testing.T) {
	d := startBroker(t)
	g := newGate(t)
	startWorker(t, d, "w1", "--slots", "2", "--", "sh", "-c", "sleep 1000 & "+g.say("$!")+"; wait")
	id := d.ctl("tasks", "submit", "--worker", "w1").exits(0).text()
	grandchild := g.hearPID()
	d.ctl("tasks", "cancel", id, "--reason", "wrong input").exits(0).says("canceling")
	d.ctl("tasks", "wait", id).exits(5).says("canceled")
	grandchild.awaitDeath()
	d.ctl("tasks", "show", id).exits(0).says("wrong input")

	// By filter, and without a terminal to be asked at.
	id = d.ctl("tasks", "submit", "--worker", "w1").exits(0).text()
	grandchild = g.hearPID()
	d.ctl("tasks", "cancel", "--worker", "w1").exits(2)
	if !grandchild.lives() {
		t.Error("canceled although nobody said yes")
	}
	d.ctl("tasks", "cancel", "--worker", "w1", "--yes").exits(0).says(id)
	d.ctl("tasks", "wait", id).exits(5).says("canceled")
}

// Replay asks the workers what they run, and ends with a table of what each
// task's state was, what its worker said, and what it is.
func TestCtlReplay(t *testing.T) {
	d := startBroker(t)
	g := newGate(t)
	g.startWorker(d, "w1")
	c := dial(t, d)
	running, starts := submitTold(t, c, client.Task{Worker: "w1"})
	await(t, starts)
	pending := submit(t, c, client.Task{Worker: "w1"})

	want := [][]string{
		{"TASK", "BEFORE", "WORKER", "SAID", "AFTER", "ACTION"},
		{running.ID().String(), "running", "w1", "runs", "it", "running", "goes", "on"},
		{pending.ID().String(), "pending", "pending", "waits", "for", "worker", "w1"},
	}
	if got := rows(d.ctl("replay").exits(0)); !equalRows(got, want) {
		t.Errorf("replay says\n%v\nnot\n%v", got, want)
	}
	d.ctl("replay", "--dry-run").exits(0).says(running.ID().String(), "worker w1 is asked")

	d.kill()
	d.offline("replay", "--dry-run").exits(0).says(running.ID().String(), "then requeue", pending.ID().String())
}

// rows returns the words of each line of a table.
func rows(a answer) (table [][]string) {
	for line := range strings.Lines(a.stdout) {
		table = append(table, strings.Fields(line))
	}
	slices.SortFunc(table[1:], slices.Compare)
	return table
}

func equalRows(a, b [][]string) bool {
	return slices.EqualFunc(a, b, slices.Equal[[]string])
}

func TestCtlWithoutBroker(t *testing.T) {
	d := startBroker(t)
	id := d.ctl("tasks", "submit", "--service", "s", "--key", "k").exits(0).text()

	// Its journal is its own as long as it runs.
	d.offline("tasks", "list").exits(1).complains("in use")
	d.kill()
	d.ctl("tasks", "list").exits(6).complains("no broker")
	d.offline("tasks", "list").exits(0).says(id, "pending")
	d.offline("tasks", "show", id).exits(0).says("service/s")
	d.offline("tasks", "history", id).exits(0).says("submit")
	d.offline("tasks", "cancel", id).exits(2).complains("only a running broker can do this")
	ctlOn(t, filepath.Join(tempDir(t), "none"), "tasks", "list").exits(1)

	// Nothing of that has changed it.
	d.start()
	d.ctl("tasks", "list", "-o", "name").exits(0).says(id)
}
