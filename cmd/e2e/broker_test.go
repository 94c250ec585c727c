package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
)

// A broker that is told to end while tasks are being submitted answers those
// that it has in hand. What it accepted is in its journal, and what it didn't is
// accepted when it is back.
func TestBrokerTerminatedUnderLoad(t *testing.T) {
	const tasks = 500
	d := startIPCBroker(t)
	c := dial(t, d)
	handles := make([]*client.Handle, tasks)
	for i := range handles {
		h, err := c.SubmitAsync(deadline(t), client.Task{Service: "s", Body: []byte(strconv.Itoa(i))})
		if err != nil {
			t.Fatal(err)
		}
		if handles[i] = h; i == tasks/2 {
			if err := handles[0].Accepted(deadline(t)); err != nil {
				t.Fatal(err)
			}
			d.signal(syscall.SIGTERM)
		}
	}
	d.exits(0)
	known := d.listOffline()
	d.start()
	var want []string
	for _, h := range handles {
		if err := h.Accepted(deadline(t)); err != nil {
			t.Fatal(err)
		}
		want = append(want, h.ID().String())
	}
	slices.Sort(want)
	got := strings.Fields(d.ctl("tasks", "list", "-o", "name").exits(0).stdout)
	if !slices.Equal(got, want) {
		t.Errorf("%d tasks are listed, and %d were accepted", len(got), len(want))
	}
	for _, id := range known {
		if !slices.Contains(want, id) {
			t.Errorf("task %s was in the journal, and its client knows nothing of it", id)
		}
	}
}

// listOffline lists the tasks in the journal of a broker that is not running.
func (d *daemon) listOffline() []string {
	d.t.Helper()
	return strings.Fields(d.offline("tasks", "list", "--all", "-o", "name").exits(0).stdout)
}

// A broker that ends in order says so: its client does not wait for its silence
// but for its return, and new tasks are refused or wait.
func TestBrokerTerminatedInMidTask(t *testing.T) {
	d := startIPCBroker(t)
	g := newGate(t)
	g.startWorker(d, "w1")
	h, starts := submitTold(t, dial(t, d), client.Task{Worker: "w1"})
	await(t, starts)
	d.terminate()
	g.open("fine")
	d.start()
	d.wantLife(h, "fine\n", atOnce...)
}

// What was accepted is there after any number of kills, in any state, and the
// same key is the same task.
func TestSubmitsSurviveKills(t *testing.T) {
	d := startIPCBroker(t)
	c := dial(t, d)
	task := client.Task{Service: "s", Body: []byte("body"), Key: "once"}
	first := submit(t, c, task)
	for range 3 {
		d.restart()
		if again := submit(t, c, task); again.ID() != first.ID() || !again.Known() {
			t.Fatalf("task %s is task %s when submitted again", first.ID(), again.ID())
		}
	}
	task.Body = []byte("another")
	_, err := c.Submit(deadline(t), task)
	var refused *wire.Error
	if !errors.As(err, &refused) || refused.Code != wire.CodeKeyConflict {
		t.Errorf("submitted with another body: %v", err)
	}
	if canceled, err := c.Cancel(deadline(t), first.ID(), "enough"); err != nil || canceled.State != journal.Canceled {
		t.Errorf("canceled: %+v, %v", canceled, err)
	}
	d.restart()
	again, err := c.Query(deadline(t), first.ID())
	if err != nil || again.State != journal.Canceled || again.CancelText != "enough" {
		t.Errorf("after the restart: %+v, %v", again, err)
	}
}

// A second broker on a journal in use is told at once, and the first goes on.
func TestSecondBroker(t *testing.T) {
	d := startBroker(t)
	other := filepath.Join(tempDir(t), "other")
	second := call(t, program("bcp-broker"), "--db", d.db, "--listen", "ipc://"+other, "--admin", "unix:"+other+".admin")
	second.exits(3).complains(d.db, journal.ErrLocked.Error())
	d.ctl("status").exits(0).says("Epoch", "1")
}

// A broker whose port is taken says which, and its journal is as it was.
func TestPortInUse(t *testing.T) {
	taken := startBroker(t).endpoint
	second := startBroker(t)
	h := submit(t, dial(t, second), client.Task{Service: "s"})
	second.kill()
	argv := append(second.argv(), "--listen", taken)
	call(t, argv[0], argv[1:]...).exits(4).complains(taken)
	if got := second.listOffline(); !slices.Equal(got, []string{h.ID().String()}) {
		t.Errorf("the journal has %v, and %s was accepted", got, h.ID())
	}
}

// A name belongs to the worker that has it for as long as that lives. Then the
// next one gets it, and with it the tasks for that name.
func TestNameOfKilledWorker(t *testing.T) {
	d := startBroker(t)
	first := startWorker(t, d, "w1", "--", "echo", "first")
	second := launchWorker(t, d, "w1", "--", "echo", "second")
	second.stderr.awaitText("name is taken")
	c := dial(t, d)
	wantDone(t, submit(t, c, client.Task{Worker: "w1"}), "first\n")
	first.kill()
	second.stderr.awaitText("registered")
	wantDone(t, submit(t, c, client.Task{Worker: "w1"}), "second\n")
}

// A task whose time is up is stopped at its worker, with all that it started,
// and fails when that is done.
func TestRunTimeout(t *testing.T) {
	d := startBroker(t)
	pids := newGate(t)
	startWorker(t, d, "w1", "--", "sh", "-c", "sleep 1000 & "+pids.say("$!")+"; wait")
	h := submit(t, dial(t, d), client.Task{Worker: "w1", RunTimeout: time.Second})
	grandchild := pids.hearPID()
	_, err := h.Wait(deadline(t))
	wantFailure(t, err, journal.ReasonRunTimeout, "not finished within 1s", "")
	if grandchild.lives() {
		t.Error("the task has ended, and what it started lives on")
	}
	d.wantHistory(h.ID().String(),
		"submit", "dispatch 1 w1", "start 1 w1", "stop 1 w1 run-timeout", "end 1 w1 run-timeout")
}

// A broker has all its threads when it is ready: where others have used up what processes its
// user may have, one more would end it.
func TestBrokerNeedsNoMoreThreads(t *testing.T) {
	d := startBroker(t)
	before := d.threads()
	startWorker(t, d, "w1", "--slots", "8", "--", "cat")
	c := dial(t, d)
	body := make([]byte, 1<<20) // a file of its own
	var handles []*client.Handle
	for range 24 {
		handles = append(handles, submit(t, c, client.Task{Worker: "w1", Body: body}))
	}
	d.ctl("journal", "backup", filepath.Join(tempDir(t), "copy.db")).exits(0)
	for _, h := range handles {
		if _, err := h.Wait(deadline(t)); err != nil {
			t.Fatal(err)
		}
	}
	if after := d.threads(); after > before {
		t.Errorf("%d threads, and %d under load", before, after)
	}
}

// threads counts the process's own.
func (p *process) threads() int {
	p.t.Helper()
	list, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(p.pid()), "task"))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(list)
}
