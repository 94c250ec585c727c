package e2e

import (
	"syscall"
	"testing"

	"bcp/broker/admin/api"
)

// A worker that slept until it was taken for gone is told to register again when
// it speaks.
func TestBEATWorkerThatSlept(t *testing.T) {
	d := startBroker(t, "--heartbeat", "100ms", "--liveness", "10")
	w := startBEATWorker(t, d, "--patient")
	c := startBEATClient(t, d)
	w.await("heartbeat")
	w.signal(syscall.SIGSTOP)
	d.eventually("a worker that is gone", func(c *api.Client) bool {
		_, err := c.Worker(deadline(t), beatName)
		return err != nil
	})
	c.execute("7", "echo", "fine")
	c.expect(jobReceived, "7")
	w.signal(syscall.SIGCONT)
	w.await("disconnected")
	w.await("ready")
	c.expect(jobStarted, "7")
	c.expect(jobDone, "7", "fine\n")
}

// The broker is killed in the middle of a job, and comes back. Its client, which
// has a routing id of its own, still gets the end without a word.
func TestBEATBrokerKilled(t *testing.T) {
	for name, life := range map[string]struct {
		worker  []string // its flags
		between func(beatWorker)
	}{
		"back at once":           {nil, func(beatWorker) {}},
		"worker notices nothing": {[]string{"--patient"}, func(beatWorker) {}},
		"worker meets silence":   {nil, func(w beatWorker) { w.await("silence") }},
	} {
		t.Run(name, func(t *testing.T) {
			d := startBroker(t)
			w := startBEATWorker(t, d, life.worker...)
			c := startBEATClient(t, d, "--identity", "scheduler")
			g := newGate(t)
			c.start("7", g.command()...)
			d.kill()
			life.between(w)
			d.start()
			g.open("fine")
			c.expect(jobDone, "7", "fine\n")
		})
	}
}

// The job ends while there is no broker. What its worker says then waits in its
// socket for the next one.
func TestBEATJobEndsWithoutBroker(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d, "--patient")
	c := startBEATClient(t, d, "--identity", "scheduler")
	g := newGate(t)
	c.start("7", g.command()...)
	job := w.started()
	d.kill()
	w.await("unplugged")
	g.open("fine")
	job.awaitDeath()
	d.start()
	c.expect(jobDone, "7", "fine\n")
}

// A client that comes back under a new routing id and names the same job gets
// the end that is in the journal, and the job does not run again.
func TestBEATClientNamesItsJobAgain(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d)
	g, runs := newGate(t), newGate(t)
	command := []string{"sh", "-c", runs.say("run") + "; " + "head -n 1 " + g.path}
	c := startBEATClient(t, d)
	c.start("7", command...)
	runs.hear()
	c.kill()
	d.restart()

	c = startBEATClient(t, d)
	c.start("7", command...)
	g.open("fine")
	c.expect(jobDone, "7", "fine\n")

	c = startBEATClient(t, d)
	c.execute("7", command...)
	c.expect(jobReceived, "7")
	c.expect(jobDone, "7", "fine\n")
	runs.open("once")
	if line := runs.hear(); line != "once" {
		t.Errorf("the job ran again: %s", line)
	}
}

// A worker that is killed takes its jobs with it. They are given to the next
// one of its name once they are certain to be lost.
func TestBEATWorkerKilled(t *testing.T) {
	d := startBroker(t, "--heartbeat", "100ms", "--liveness", "10", "--reattach-grace", "100ms")
	w := startBEATWorker(t, d)
	c := startBEATClient(t, d)
	g := newGate(t)
	c.start("7", g.command()...)
	w.signalGroup(syscall.SIGKILL)
	w.wait()
	d.awaitPending()

	startBEATWorker(t, d)
	c.expect(jobStarted, "7")
	g.open("fine")
	c.expect(jobDone, "7", "fine\n")
}

// One that comes back before it was missed may still have its jobs, for all that
// BCP/1 can say. What settles it is a cancel.
func TestBEATWorkerKilledAndBackAtOnce(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d)
	c := startBEATClient(t, d)
	c.start("7", "sleep", "1000")
	w.signalGroup(syscall.SIGKILL)
	w.wait()
	startBEATWorker(t, d)
	c.start("8", "true")
	c.expect(jobDone, "8", "")
	c.cancel("7")
	c.expect(jobCancelled, "7")
}

func TestBEATWorkerTerminated(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d)
	c := startBEATClient(t, d)
	c.start("7", "sleep", "1000")

	// Its silence would only begin the grace, which is an hour here: it takes
	// DISCONNECT to make the job pending again.
	w.terminate()
	d.awaitPending()
}

// awaitPending waits until the only task waits for its worker again, which no event tells.
func (d *daemon) awaitPending() {
	d.t.Helper()
	d.eventually("a task that is pending", func(*api.Client) bool {
		return d.ctl("tasks", "list", "--state", "pending", "-o", "name").exits(0).stdout != ""
	})
}
