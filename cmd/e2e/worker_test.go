package e2e

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"bcp/broker/admin/api"
	"bcp/client"
	"bcp/journal"
)

// When a worker is killed, nothing of what it ran is left: not the command, not
// what that started, and not what left its process group.
func TestKilledWorkerLeavesNothing(t *testing.T) {
	d := startBroker(t)
	pids := newGate(t)
	child, escaped := "sleep 1000 & "+pids.say("$!"), "setsid sh -c '"+pids.say("$$")+"; exec sleep 1000' &"
	w := startWorker(t, d, "w1", "--", "sh", "-c", child+"; "+escaped+" "+pids.say("$$")+"; wait")
	h := submit(t, dial(t, d), client.Task{Worker: "w1", OnLoss: journal.LossWait})
	family := []watched{pids.hearPID(), pids.hearPID(), pids.hearPID()}
	for _, p := range family {
		if !p.lives() {
			t.Fatalf("process %d has ended before its time", p.pid)
		}
	}
	w.kill()
	for _, p := range family {
		p.awaitDeath()
	}

	// The worker comes back without its task, which is lost for certain then.
	startWorker(t, d, "w1", "--", "cat")
	wantDone(t, h, "")
}

// A task goes on while there is no broker, and its end is delivered when there
// is one again.
func TestTaskOutlivesBroker(t *testing.T) {
	for name, ending := range map[string]func(d *daemon, g *gate, command watched){
		"ends meanwhile": func(d *daemon, g *gate, command watched) {
			d.kill()
			g.open("fine")
			command.awaitDeath()
			d.start()
		},
		"ends afterwards": func(d *daemon, g *gate, _ watched) {
			d.restart()
			g.open("fine")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := startBroker(t)
			pids, g := newGate(t), newGate(t)
			startWorker(t, d, "w1", "--", "sh", "-c", pids.say("$$")+"; exec head -n 1 "+g.path)
			h, starts := submitTold(t, dial(t, d), client.Task{Worker: "w1"})
			await(t, starts)
			ending(d, g, pids.hearPID())
			d.wantLife(h, "fine\n", atOnce...)
		})
	}
}

// A worker that is told to end lets what runs finish, also if its terminal is closed.
func TestWorkerDrains(t *testing.T) {
	for name, end := range map[string]syscall.Signal{"told": syscall.SIGTERM, "terminal closed": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) { testWorkerDrains(t, end) })
	}
}

func testWorkerDrains(t *testing.T, end syscall.Signal) {
	if signal.Ignored(end) {
		t.Skipf("%v is ignored here, and so it is by a worker that is started here", end)
	}
	d := startBroker(t)
	pids, g := newGate(t), newGate(t)
	w := startWorker(t, d, "w1", "--drain-timeout", "1h", "--", "sh", "-c", pids.say("$$")+"; exec head -n 1 "+g.path)
	c := dial(t, d)
	h := submit(t, c, client.Task{Worker: "w1"})
	pids.hearPID()
	w.signal(end)
	d.eventually("a worker that drains", func(c *api.Client) bool {
		w, err := c.Worker(deadline(t), "w1")
		return err == nil && w.State == api.WorkerDraining
	})
	next := submit(t, c, client.Task{Worker: "w1"})
	g.open("fine")
	wantDone(t, h, "fine\n")
	w.exits(0)
	d.wantHistory(next.ID().String(), "submit")
}

// A worker that is to outlive its terminal does.
func TestWorkerUnderNohup(t *testing.T) {
	d := startBroker(t)
	w := start(t, "bcp-worker w1", "nohup", program("bcp-worker"), "--broker", d.endpoint, "--name", "w1", "--", "cat")
	w.stderr.awaitText("registered")
	w.signal(syscall.SIGHUP)
	h := submit(t, dial(t, d), client.Task{Worker: "w1", Body: []byte("there")})
	wantDone(t, h, "there")
	w.terminate()
	if said := w.stderr.String(); strings.Contains(said, "signal=hangup") {
		t.Errorf("it was ended by its terminal:\n%s", said)
	}
}

// What does not finish in time is stopped and handed back, which is no fault of
// the task: one try is enough for it.
func TestWorkerHandsBack(t *testing.T) {
	d := startBroker(t)
	pids := newGate(t)
	slow := []string{"--service", "s", "--drain-timeout", "0s", "--", "sh", "-c", pids.say("$$") + "; exec sleep 1000"}
	w := startWorker(t, d, "w1", slow...)
	h := submit(t, dial(t, d), client.Task{Service: "s"})
	command := pids.hearPID()
	w.terminate()
	command.awaitDeath()
	startWorker(t, d, "w2", "--service", "s", "--", "echo", "fine")
	d.wantLife(h, "fine\n",
		"submit", "dispatch 1 w1", "start 1 w1", "requeue 1 w1 returned",
		"dispatch 2 w2", "start 2 w2", "end 2 w2 finished")
}

func TestCommandsVerdict(t *testing.T) {
	d := startBroker(t)
	startWorker(t, d, "w1", "--allow-argv", "--never-exit-code", "65", "--", "sh", "-c",
		`echo "$BCP_TASK_ID $BCP_ATTEMPT $BCP_WORKER $BCP_SERVICE"; cat`)
	c := dial(t, d)
	ran := func(task client.Task) (*client.Handle, client.Result, error) {
		task.Worker = "w1"
		h := submit(t, c, task)
		result, err := h.Wait(deadline(t))
		return h, result, err
	}

	h, result, err := ran(client.Task{Body: []byte("body")})
	if want := h.ID().String() + " 1 w1 w1\nbody"; err != nil || string(result.Body) != want {
		t.Errorf("ended as %+v, %v; the result is not %q", result, err, want)
	}
	_, _, err = ran(client.Task{Argv: []string{"sh", "-c", "echo wrong >&2; exit 3"}})
	wantFailure(t, err, journal.ReasonError, "exit code 3: wrong", "exit-3")
	_, _, err = ran(client.Task{Argv: []string{"sh", "-c", "kill -USR1 $$"}})
	wantFailure(t, err, journal.ReasonError, "killed by SIGUSR1", "signal-10")
	_, result, err = ran(client.Task{Argv: []string{"sh", "-c", "exit 65"}, Tries: 3})
	wantFailure(t, err, journal.ReasonNever, "exit code 65", "exit-65")
	if result.Attempt != 1 {
		t.Errorf("a task that shall never be tried again was tried %d times", result.Attempt)
	}
	_, _, err = ran(client.Task{Argv: []string{"/no/such/command"}})
	wantFailure(t, err, journal.ReasonRefused, "", "")
}

// wantFailure checks that a task failed for a reason, with a class, and a text
// unless that is "".
func wantFailure(t *testing.T, err error, why journal.Reason, text, class string) {
	t.Helper()
	var failed *client.TaskError
	if !errors.As(err, &failed) || failed.State != journal.Failed || failed.Reason != why || failed.Class != class || text != "" && failed.Text != text {
		t.Errorf("ended with %#v; not failed for %s with %q, class %q", failed, why, text, class)
	}
}

// A task goes to the worker of its service that may run it. One that nobody may run
// stays, and says why.
func TestMixedService(t *testing.T) {
	d := startBroker(t)
	startWorker(t, d, "w1", "--service", "s", "--slots", "2", "--", "cat") // asked first
	startWorker(t, d, "w2", "--service", "s", "--allow-argv", "--", "cat")
	c := dial(t, d)
	h := submit(t, c, client.Task{Service: "s", Argv: []string{"echo", "fine"}})
	d.wantLife(h, "fine\n", "submit", "dispatch 1 w1", "requeue 1 w1 elsewhere", "dispatch 2 w2", "start 2 w2", "end 2 w2 finished")

	h = submit(t, c, client.Task{Worker: "w1", Argv: []string{"echo", "fine"}})
	d.becomes(h.ID().String(), "a task that nobody may run", func(task api.Task) bool {
		return task.Hindrance == "declined" && strings.Contains(task.Text, "--allow-argv")
	})
	d.wantHistory(h.ID().String(), "submit", "dispatch 1 w1", "requeue 1 w1 elsewhere")
}

// limitFiles sets how many files the process may have open from now on.
func (p *process) limitFiles(files uint64) {
	p.t.Helper()
	if err := unix.Prlimit(p.pid(), unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: files, Max: 1000}, nil); err != nil {
		p.t.Fatal(err)
	}
}

// A worker that has no files left to run a command with waits for them, whatever it is that
// it cannot open, and does its tasks then.
func TestWorkerOutOfFiles(t *testing.T) {
	d := startBroker(t)
	w := startWorker(t, d, "w1", "--service", "s", "--slots", "30", "--", "cat")
	c := dial(t, d)
	var tasks []*client.Handle
	for files := range uint64(30) {
		w.limitFiles(files)
		h := submit(t, c, client.Task{Service: "s"})
		d.eventually("a start that waits, or an end", func(c *api.Client) bool {
			task, err := c.Task(deadline(t), h.ID().String())
			return err == nil && task.Reason != "" || slices.ContainsFunc(w.stderr.all(), func(line string) bool {
				return strings.Contains(line, "the start waits") && strings.Contains(line, h.ID().String())
			})
		})
		tasks = append(tasks, h)
	}
	w.limitFiles(1000)
	for _, h := range tasks {
		d.wantLife(h, "", atOnce...)
	}
}

// startsLate submits a task whose start has to wait until something is mended, and costs
// nothing but time.
func startsLate(t *testing.T, d *daemon, w *process, mend func() error) {
	t.Helper()
	h := submit(t, dial(t, d), client.Task{Service: "s"})
	w.stderr.awaitText("the start waits")
	if err := mend(); err != nil {
		t.Fatal(err)
	}
	d.wantLife(h, "", atOnce...)
}

// A worker whose own folder can't be used for a moment waits until it can: the task is neither
// another worker's then, for good, nor has it cost a try.
func TestWorkerWithoutItsFolder(t *testing.T) {
	d := startBroker(t)
	folder := filepath.Join(tempDir(t), "own")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", folder)
	w := startWorker(t, d, "w1", "--service", "s", "--", "cat")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	writeText(t, folder, "in its place")
	startsLate(t, d, w, func() error { return os.Remove(folder) })
}

// newCommand makes a command that does what cat does.
func newCommand(t *testing.T) string {
	t.Helper()
	path := filepath.Join(tempDir(t), "command")
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncat\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// A worker whose command is just being replaced waits for the new one.
func TestWorkerWhoseCommandIsReplaced(t *testing.T) {
	d := startBroker(t)
	command := newCommand(t)
	aside := command + ".aside"
	w := startWorker(t, d, "w1", "--service", "s", "--", command)
	if err := os.Rename(command, aside); err != nil {
		t.Fatal(err)
	}
	startsLate(t, d, w, func() error { return os.Rename(aside, command) })
}

// A worker whose command has gone leaves its tasks to others, at no try.
func TestWorkerWithoutItsCommand(t *testing.T) {
	d := startBroker(t)
	command := newCommand(t)
	startWorker(t, d, "w1", "--service", "s", "--slots", "2", "--", command) // asked first
	startWorker(t, d, "w2", "--service", "s", "--", "cat")
	if err := os.Remove(command); err != nil {
		t.Fatal(err)
	}
	h := submit(t, dial(t, d), client.Task{Service: "s"})
	d.wantLife(h, "", "submit", "dispatch 1 w1", "requeue 1 w1 elsewhere", "dispatch 2 w2", "start 2 w2", "end 2 w2 finished")
}

// A start that waits for files in vain ends with its task, or with the worker, at no try.
func TestWorkerOutOfFilesForEver(t *testing.T) {
	d := startBroker(t)
	w := startWorker(t, d, "w1", "--service", "s", "--slots", "2", "--drain-timeout", "0s", "--", "cat")
	w.limitFiles(0)
	c := dial(t, d)
	canceled, left := submit(t, c, client.Task{Service: "s"}), submit(t, c, client.Task{Service: "s"})
	w.stderr.awaitText("the start waits")
	w.stderr.awaitText("the start waits")
	if _, err := c.Cancel(deadline(t), canceled.ID(), "it takes too long"); err != nil {
		t.Fatal(err)
	}
	var ended *client.TaskError
	if _, err := canceled.Wait(deadline(t)); !errors.As(err, &ended) || ended.State != journal.Canceled {
		t.Errorf("ended with %v", err)
	}
	w.terminate()
	startWorker(t, d, "w2", "--service", "s", "--", "cat")
	d.wantLife(left, "",
		"submit", "dispatch 1 w1", "requeue 1 w1 returned", "dispatch 2 w2", "start 2 w2", "end 2 w2 finished")
}
