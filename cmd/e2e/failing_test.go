package e2e

import (
	"slices"
	"testing"
	"time"

	"bcp/broker/admin/api"
	"bcp/client"
	"bcp/journal"
)

// A command gives its task to another worker by its exit code; the broker forgets
// who has declined neither when the worker comes back nor when it is killed itself.
func TestCommandDeclines(t *testing.T) {
	d := startBroker(t)
	startWorker(t, d, "w1", "--service", "s", "--not-me-exit-code", "75", "--", "sh", "-c", "exit 75")
	c := dial(t, d)
	h := submit(t, c, client.Task{Service: "s", Tries: 1})
	id := h.ID().String()
	d.becomes(id, "the task is declined", func(task api.Task) bool { return slices.Equal(task.Declined, []string{"w1"}) })
	d.restart()
	d.ctl("tasks", "explain", id).exits(0).says("It was declined by w1")
	startWorker(t, d, "w2", "--service", "s", "--", "echo", "fine")
	d.wantLife(h, "fine\n", "submit", "dispatch 1 w1", "start 1 w1", "requeue 1 w1 elsewhere",
		"dispatch 2 w2", "start 2 w2", "end 2 w2 finished")
}

// A task whose tries are used up stays put aside over a kill of the broker, and
// released it is done.
func TestExhaustedOverAKill(t *testing.T) {
	d := startBroker(t)
	gate := newGate(t)
	startWorker(t, d, "w1", "--service", "s", "--", "sh", "-c",
		`test "$BCP_ATTEMPT" -gt 2 || exit 3; `+gate.say("$BCP_SILENCE_TIMEOUT")+"; echo mended")
	c := dial(t, d)
	exhausted := make(chan journal.Task, 8)
	h := submit(t, c, client.Task{
		Service: "s", Tries: 2, HoldExhausted: true, SilenceTimeout: 90 * time.Minute, LifeTimeout: 24 * time.Hour,
		OnExhausted: func(t journal.Task) { exhausted <- t },
	})
	if task := await(t, exhausted); !task.Exhausted || !task.Held || task.Tries != 2 || task.Class != "exit-3" {
		t.Errorf("put aside as %+v", task)
	}
	d.restart()
	if task := await(t, exhausted); !task.Exhausted {
		t.Errorf("after the kill told of %+v", task)
	}
	id := h.ID().String()
	d.ctl("tasks", "list", "--filter", "exhausted", "-o", "name").exits(0).says(id)
	d.ctl("tasks", "release", id, "--reason", "mended").exits(0)
	if heard := gate.hear(); heard != "5400" {
		t.Errorf("the command finds a silence-timeout of %q seconds", heard)
	}
	if result := wantDone(t, h, "mended\n"); result.Attempt != 3 {
		t.Errorf("ended as %+v", result)
	}
}
