package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bcp/broker/admin/api"
	"bcp/client"
)

// How often everybody says that he lives, and how many times he may not, in tests
// that don't say otherwise: often, so that little time is lost after a kill, and
// with patience, for on a busy machine a process may sleep for long.
const (
	heartbeat = "200ms"
	liveness  = "25"
)

// anyPort has the broker choose a port, on an address from which nobody connects:
// a peer that looks for a broker that is away must not find itself.
const anyPort = "tcp://127.0.0.2:*"

// daemon is a bcp-broker that can be started again on the same journal and at
// the same addresses.
type daemon struct {
	*process
	t        *testing.T
	db       string
	endpoint string
	admin    string
	flags    []string
	wrapper  []string // runs the broker, if the test doesn't do that itself
}

// startBroker starts a broker on a new journal and waits until it serves, on TCP.
// Flags are added to its own, and win over these.
func startBroker(t *testing.T, flags ...string) *daemon {
	t.Helper()
	d := newBroker(t, tempDir(t), flags...)
	d.start()
	return d
}

// newBroker makes a broker with all its files in a folder, without starting it.
func newBroker(t *testing.T, dir string, flags ...string) *daemon {
	return &daemon{
		t:        t,
		db:       filepath.Join(dir, "bcp.db"),
		endpoint: anyPort,
		admin:    "unix:" + filepath.Join(dir, "admin"),
		flags:    flags,
	}
}

// startIPCBroker is startBroker for newIPCBroker.
func startIPCBroker(t *testing.T) *daemon {
	t.Helper()
	d := newIPCBroker(t)
	d.start()
	return d
}

// newIPCBroker makes a broker that is only reached within the machine, without starting it.
// Such a socket is a file, which a kill leaves behind.
func newIPCBroker(t *testing.T) *daemon {
	t.Helper()
	dir := tempDir(t)
	d := newBroker(t, dir)
	d.endpoint = "ipc://" + filepath.Join(dir, "peers")
	return d
}

// boundTCP finds the address that was chosen for anyPort in the broker's log.
var boundTCP = regexp.MustCompile(`tcp://[0-9.:]+`)

// start starts the broker, which must not be running.
func (d *daemon) start() {
	d.t.Helper()
	d.process = start(d.t, "bcp-broker", d.argv()...)
	ready := d.stderr.awaitText("broker is ready")
	if d.endpoint == anyPort {
		d.endpoint = boundTCP.FindString(ready)
	}
}

func (d *daemon) argv() []string {
	argv := append(slices.Clone(d.wrapper), program("bcp-broker"))
	return slices.Concat(argv, []string{
		"--db", d.db, "--listen", d.endpoint, "--admin", d.admin,
		"--heartbeat", heartbeat, "--liveness", liveness, "--reattach-grace", "1h",
	}, d.flags)
}

// restart kills the broker and starts it again.
func (d *daemon) restart() {
	d.t.Helper()
	d.kill()
	d.start()
}

// startWorker starts a bcp-worker and waits until it is registered. What stands
// after "--" in the arguments is the command.
func startWorker(t *testing.T, d *daemon, name string, args ...string) *process {
	t.Helper()
	p := launchWorker(t, d, name, args...)
	p.stderr.awaitText("registered")
	return p
}

// launchWorker is startWorker without waiting for anything.
func launchWorker(t *testing.T, d *daemon, name string, args ...string) *process {
	t.Helper()
	argv := []string{program("bcp-worker"), "--broker", d.endpoint, "--name", name}
	return start(t, "bcp-worker "+name, append(argv, args...)...)
}

// api returns a client of the broker's admin API.
func (d *daemon) api() *api.Client {
	d.t.Helper()
	c, err := api.NewClient(d.admin)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(c.Close)
	return c
}

// history returns the steps of a task's life in short: "start 1 w1".
func (d *daemon) history(id string) []string {
	d.t.Helper()
	entries, err := d.api().History(deadline(d.t), id)
	if err != nil {
		d.t.Fatal(err)
	}
	var steps []string
	for _, e := range entries {
		step := e.Kind
		if e.Attempt > 0 {
			step = fmt.Sprint(step, " ", e.Attempt, " ", e.Worker)
		}
		if e.Reason != "" {
			step += " " + e.Reason
		}
		steps = append(steps, step)
	}
	return steps
}

// wantHistory compares the steps of a task's life.
func (d *daemon) wantHistory(id string, want ...string) {
	d.t.Helper()
	if got := d.history(id); !slices.Equal(got, want) {
		d.t.Errorf("task %s has the history\n\t%s\nnot\n\t%s", id, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// wantLife is wantDone and wantHistory of a task. Its client has to be told of the attempt and
// the worker of the last step.
func (d *daemon) wantLife(h *client.Handle, body string, steps ...string) {
	d.t.Helper()
	result := wantDone(d.t, h, body)
	d.wantHistory(h.ID().String(), steps...)
	if told := fmt.Sprintf("end %d %s finished", result.Attempt, result.Worker); told != steps[len(steps)-1] {
		d.t.Errorf("the client was told of task %s: %s, not %s", h.ID(), told, steps[len(steps)-1])
	}
}

// atOnce is the life of a task that worker w1 has done at its first try.
var atOnce = []string{"submit", "dispatch 1 w1", "start 1 w1", "end 1 w1 finished"}

// eventually asks the admin API until the answer is yes, for what no event tells.
func (d *daemon) eventually(what string, yes func(*api.Client) bool) {
	d.t.Helper()
	c := d.api()
	ctx := deadline(d.t)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !yes(c) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			d.t.Fatalf("waited for %s in vain", what)
		}
	}
}

// becomes is eventually for what is told of a task.
func (d *daemon) becomes(id, what string, yes func(api.Task) bool) {
	d.t.Helper()
	d.eventually(what, func(c *api.Client) bool {
		task, err := c.Task(deadline(d.t), id)
		return err == nil && yes(task)
	})
}
