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
	w.stderr.awaitText(t, `unknown word \"half\": progress, set`)
	d.eventually(t, "progress", func(c *api.Client) bool {
		task, err := c.Task(deadline(t), id)
		return err == nil && task.Progress != nil && task.Progress.Text != ""
	})
	d.ctl("tasks", "show", id).exits(0).says("40% reading input (rows=1200)")
	d.ctl("tasks", "list").exits(0).says("PROGRESS", "40% reading input (rows=1200)")
	g.open("go on")
	d.ctl("tasks", "wait", id).exits(0)
	d.ctl("tasks", "result", id).exits(0).says("go on\n")
}
