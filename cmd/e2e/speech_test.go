package e2e

import (
	"testing"

	"bcp/broker/admin/api"
)

// A command tells how far it is, from a shell; what is no line of the protocol is
// told on the worker's log and does no harm.
func TestCommandTellsProgress(t *testing.T) {
	d := startBroker(t)
	g := newGate(t)
	w := startWorker(t, d, "w1", "--", "sh", "-c", `
		echo "half of it" >&$BCP_PROGRESS_FD
		echo "set rows=1200" >&$BCP_PROGRESS_FD
		echo "progress 2/5 reading input" >&$BCP_PROGRESS_FD
		head -n 1 `+g.path)
	id := d.ctl("tasks", "submit", "--worker", "w1").exits(0).text()
	w.stderr.awaitText(`unknown word \"half\": progress, set`)
	d.becomes(id, "progress", func(task api.Task) bool { return task.Progress != nil && task.Progress.Text != "" })
	d.ctl("tasks", "show", id).exits(0).says("40% reading input (rows=1200)")
	d.ctl("tasks", "list").exits(0).says("PROGRESS", "40% reading input (rows=1200)")
	g.open("go on")
	d.ctl("tasks", "wait", id).exits(0)
	d.ctl("tasks", "result", id).exits(0).says("go on\n")
}

// A command saves how far it is, and its next attempt goes on from there: after a
// failure, the loss of its worker, and a restart of the broker.
func TestCommandSavesCheckpoints(t *testing.T) {
	d := startBroker(t, "--reattach-grace", "0")
	g := newGate(t)
	command := []string{"--service", "s", "--", "sh", "-c", `
		before=$(cat "$BCP_CHECKPOINT" 2>/dev/null)
		case $BCP_ATTEMPT in
		1) echo "checkpoint $(printf one | base64)" >&$BCP_PROGRESS_FD; exit 1 ;;
		2) echo "$before two" >"$BCP_CHECKPOINT"
		   echo "checkpoint-file $BCP_CHECKPOINT" >&$BCP_PROGRESS_FD; ` + g.say("saved") + `; sleep 1000 ;;
		*) echo "checkpoint-file /dev/null" >&$BCP_PROGRESS_FD; echo "$before three" ;;
		esac`}
	w := startWorker(t, d, "w1", command...)
	id := d.ctl("tasks", "submit", "--service", "s", "--tries", "2").exits(0).text()
	g.hear()
	d.becomes(id, "the checkpoint", func(task api.Task) bool { return task.Checkpoint != nil && task.Checkpoint.Attempt == 2 })
	d.ctl("tasks", "show", id).exits(0).says("Checkpoint", "8 bytes, by attempt 2")
	d.restart()
	w.kill()
	startWorker(t, d, "w2", command...).stderr.awaitText("no regular file")
	d.ctl("tasks", "wait", id).exits(0)
	d.ctl("tasks", "result", id).exits(0).says("one two three\n")
	if task, err := d.api().Task(deadline(t), id); err != nil || task.Checkpoint != nil {
		t.Errorf("after the end: %+v, %v", task.Checkpoint, err)
	}
}

// A command gives itself more time than its task was submitted with, names the sort
// of its failure, and shows up in the history under its worker's name.
func TestCommandChangesItsTime(t *testing.T) {
	d := startBroker(t)
	g := newGate(t)
	startWorker(t, d, "w1", "--", "sh", "-c", `
		echo "extend run none a large input" >&$BCP_PROGRESS_FD
		echo "extend life 2h" >&$BCP_PROGRESS_FD
		echo "class disk-full" >&$BCP_PROGRESS_FD
		head -n 1 `+g.path+`; exit 1`)
	id := d.ctl("tasks", "submit", "--worker", "w1", "--run-timeout", "1h").exits(0).text()
	d.becomes(id, "the change of the time-outs", func(task api.Task) bool {
		return task.Options.LifeTimeoutMS > 7_200_000 && task.Options.RunTimeoutMS == 0
	})
	d.ctl("tasks", "history", id).exits(0).says("edit", "a large input", "w1")
	g.open("go on")
	d.ctl("tasks", "wait", id).exits(5)
	d.ctl("tasks", "show", id).exits(0).says("disk-full")
}
