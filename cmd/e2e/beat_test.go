package e2e

import (
	"testing"

	"bcp/client"
)

func TestBEATExecute(t *testing.T) {
	d := startBroker(t)
	c := startBEATClient(t, d)
	c.execute("7", "echo", "fine")
	c.expect(jobReceived, "7")
	startBEATWorker(t, d)
	c.expect(jobStarted, "7")
	c.expect(jobDone, "7", "fine\n")

	c.start("8", "sh", "-c", "echo bad; exit 3")
	c.expect(jobError, "8", "bad\n")
}

func TestBEATCancelOfRunning(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d)
	c := startBEATClient(t, d)
	c.start("7", "sleep", "1000")
	job := w.started()
	c.cancel("7")
	c.expect(jobCancelled, "7")
	job.awaitDeath()

	// Nothing more is said of it: the next words are about the next job.
	c.start("8", "true")
	c.expect(jobDone, "8", "")
}

func TestBEATCancelOfPending(t *testing.T) {
	d := startBroker(t)
	c := startBEATClient(t, d)
	c.execute("7", "true")
	c.expect(jobReceived, "7")
	c.cancel("7")
	c.expect(jobCancelled, "7")
}

func TestBEATCancelOfUnknown(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d)
	c := startBEATClient(t, d)
	c.cancel("99")
	c.expect(beatError, "Unknown job: 99")
}

// BEAT's scheduler tells its workers when it goes away. Here they are not its own.
func TestBEATSchedulerShutdown(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d)
	c := startBEATClient(t, d)
	c.shutdown()
	c.expect(beatError, "not-allowed: SCHEDULER_SHUTDOWN: a client may not shut a worker down")
	c.start("7", "echo", "fine")
	c.expect(jobDone, "7", "fine\n")
	if n := w.count("ready"); n != 1 {
		t.Errorf("the worker has said READY %d times", n)
	}
}

func TestBEATTwoJobsAtATime(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d)
	first, second := startBEATClient(t, d), startBEATClient(t, d)
	long, short := newGate(t), newGate(t)
	first.start("7", long.command()...)

	// The worker's one address for replies is now the second client's.
	second.start("8", short.command()...)
	long.open("long")
	first.expect(jobDone, "7", "long\n")
	short.open("short")
	second.expect(jobDone, "8", "short\n")
}

// Heartbeats go both ways while the worker is idle and while it is busy, so that
// neither side ever takes the other for gone.
func TestBEATHeartbeats(t *testing.T) {
	d := startBroker(t, "--heartbeat", "100ms", "--liveness", "15")
	w := startBEATWorker(t, d, "--heartbeat", "500")
	c := startBEATClient(t, d)
	w.awaitHeartbeats(20)
	c.start("7", "sleep", "1000")
	w.awaitHeartbeats(20)
	c.cancel("7")
	c.expect(jobCancelled, "7")
	if n := w.count("ready"); n != 1 {
		t.Errorf("the worker has said READY %d times", n)
	}
	if n := w.count("disconnected"); n != 0 {
		t.Errorf("the worker was sent DISCONNECT %d times", n)
	}
}

func (w beatWorker) awaitHeartbeats(n int) {
	w.t.Helper()
	for range n {
		w.await("heartbeat")
	}
}

func TestBEATClientAndOurWorker(t *testing.T) {
	d := startBroker(t)
	startWorker(t, d, beatName, "--", "cat")
	c := startBEATClient(t, d)
	c.start("7", "echo", "x")
	c.expect(jobDone, "7", `{"command":["echo","x"]}`)
}

func TestOurClientAndBEATWorker(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d)
	h, started := submitTold(t, dial(t, d), client.Task{Worker: beatName, Body: []byte(`{"command": ["echo", "fine"]}`)})
	if result := wantDone(t, h, "fine\n"); result.Worker != beatName || result.Attempt != 1 {
		t.Errorf("ended as %+v", result)
	}
	if s := await(t, started); s.Task != h.ID() || s.Worker != beatName {
		t.Errorf("started as %+v", s)
	}
}
