package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// python is Debian's own interpreter, which has python3-zmq.
const python = "/usr/bin/python3"

var pythonMissing = sync.OnceValue(func() error {
	return exec.Command(python, "-c", "import zmq").Run()
})

// needPython skips a test where the peers of BEAT cannot run.
func needPython(t *testing.T) {
	t.Helper()
	if err := pythonMissing(); err != nil {
		t.Skipf("%s cannot import zmq (%v): install Debian's python3-zmq, as scripts/test does", python, err)
	}
}

// peer is a Python peer, which tells of what happens to it.
type peer struct{ *process }

// event is one line that a peer tells.
type event struct {
	Event  string   `json:"event"`
	Frames []string `json:"frames"` // of a message
	Job    string   `json:"job"`    // of a job that was started
	PID    int      `json:"pid"`    // of its process

	// Of BCP/2.
	Key     string `json:"key"` // that a client's task was submitted under
	Task    string `json:"task"`
	State   string `json:"state"`
	Attempt int    `json:"attempt"`
	Text    string `json:"text"` // body or result
}

func startPeer(t *testing.T, script string, args ...string) peer {
	t.Helper()
	needPython(t)
	argv := append([]string{python, "-B", filepath.Join("testdata", script)}, args...)
	return peer{start(t, script, argv...)}
}

// await returns the next event of the name, passing over others.
func (p peer) await(name string) event {
	p.t.Helper()
	return p.event(p.stdout.await("the event "+name, func(line string) bool { return p.event(line).Event == name }))
}

// event reads a line that the peer has told.
func (p peer) event(line string) (e event) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		p.t.Fatalf("%s said %q: %v", p.name, line, err)
	}
	return e
}

// order tells the peer what to do.
func (p peer) order(what any) {
	p.t.Helper()
	if _, err := p.stdin.Write([]byte(marshal(p.t, what) + "\n")); err != nil {
		p.t.Fatal(err)
	}
}

// count tells how many events of the name there have been.
func (p peer) count(name string) int {
	n := 0
	for _, line := range p.stdout.all() {
		if p.event(line).Event == name {
			n++
		}
	}
	return n
}

// beatName is the name of the one worker, which all jobs are for.
const beatName = "node1"

// beatClient is a client as BEAT's.
type beatClient struct{ peer }

// startBEATClient starts a client. It has a ZeroMQ routing id of its own if it is given
// an --identity.
func startBEATClient(t *testing.T, d *daemon, args ...string) beatClient {
	t.Helper()
	return beatClient{startPeer(t, "beat_client.py", append([]string{"--broker", d.endpoint}, args...)...)}
}

func (c beatClient) execute(job string, command ...string) {
	c.t.Helper()
	data := marshal(c.t, map[string][]string{"command": command})
	c.order(map[string]string{"do": "execute", "job": job, "data": data})
}

// start executes a job for which there is a worker, which has started it then.
func (c beatClient) start(job string, command ...string) {
	c.t.Helper()
	c.execute(job, command...)
	c.expect(jobReceived, job)
	c.expect(jobStarted, job)
}

func (c beatClient) cancel(job string) {
	c.t.Helper()
	c.order(map[string]string{"do": "cancel", "job": job})
}

// shutdown tells the worker that the scheduler goes away.
func (c beatClient) shutdown() {
	c.t.Helper()
	c.order(map[string]string{"do": "shutdown"})
}

func (c beatClient) order(what map[string]string) {
	c.t.Helper()
	what["service"] = beatName
	c.peer.order(what)
}

// expect checks the next message: the word, and what stands after the envelope.
func (c beatClient) expect(word byte, more ...string) {
	c.t.Helper()
	want := append([]string{"", "BCPC01", beatName, beatName, string(rune(word))}, more...)
	if got := c.await("message").Frames; !slices.Equal(got, want) {
		c.t.Fatalf("the client got %q, not %q", got, want)
	}
}

// The words of BCP/1 about a job.
const (
	jobReceived  = 1
	jobStarted   = 2
	jobDone      = 3
	jobError     = 4
	jobCancelled = 5
	beatError    = 6
)

// beatWorker is a worker as BEAT's.
type beatWorker struct{ peer }

// startBEATWorker starts a worker and waits until it has sent READY.
func startBEATWorker(t *testing.T, d *daemon, args ...string) beatWorker {
	t.Helper()
	own := []string{"--broker", d.endpoint, "--name", beatName, "--heartbeat", "200"}
	w := beatWorker{startPeer(t, "beat_worker.py", append(own, args...)...)}
	w.await("ready")
	return w
}

// started returns the next job's process.
func (w beatWorker) started() watched {
	w.t.Helper()
	return watch(w.t, w.await("started").PID)
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
