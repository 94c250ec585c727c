package e2e

import (
	"syscall"
	"testing"

	"bcp/broker/admin/api"
	"bcp/client"
	"bcp/journal"
)

func TestBEATExecute(t *testing.T) {
	d := startBroker(t)
	c := startBEATClient(t, d, "node1", "")
	c.execute("7", "echo", "fine")
	c.expect(jobReceived, "7")
	startBEATWorker(t, d, "node1")
	c.expect(jobStarted, "7")
	c.expect(jobDone, "7", "fine\n")

	c.execute("8", "sh", "-c", "echo bad; exit 3")
	c.expect(jobReceived, "8")
	c.expect(jobStarted, "8")
	c.expect(jobError, "8", "bad\n")
}

func TestBEATCancelOfRunning(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d, "node1")
	c := startBEATClient(t, d, "node1", "")
	c.execute("7", "sleep", "1000")
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	job := w.started()
	c.cancel("7")
	c.expect(jobCancelled, "7")
	job.awaitDeath(t)

	// Nothing more is said of it: the next words are about the next job.
	c.execute("8", "true")
	c.expect(jobReceived, "8")
	c.expect(jobStarted, "8")
	c.expect(jobDone, "8", "")
}

func TestBEATCancelOfPending(t *testing.T) {
	d := startBroker(t)
	c := startBEATClient(t, d, "node1", "")
	c.execute("7", "true")
	c.expect(jobReceived, "7")
	c.cancel("7")
	c.expect(jobCancelled, "7")
}

func TestBEATCancelOfUnknown(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d, "node1")
	c := startBEATClient(t, d, "node1", "")
	c.cancel("99")
	c.expect(beatError, "Unknown job: 99")
}

// BEAT's scheduler tells its workers when it goes away. Here they are not its own.
func TestBEATSchedulerShutdown(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d, "node1")
	c := startBEATClient(t, d, "node1", "")
	c.shutdown()
	c.expect(beatError, "not-allowed: SCHEDULER_SHUTDOWN: a client may not shut a worker down")
	c.execute("7", "echo", "fine")
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	c.expect(jobDone, "7", "fine\n")
	if n := w.count("ready"); n != 1 {
		t.Errorf("the worker has said READY %d times", n)
	}
}

func TestBEATTwoJobsAtATime(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d, "node1")
	first, second := startBEATClient(t, d, "node1", ""), startBEATClient(t, d, "node1", "")
	long, short := newGate(t), newGate(t)
	first.execute("7", long.command()...)
	first.expect(jobReceived, "7")
	first.expect(jobStarted, "7")

	// The worker's one address for replies is now the second client's.
	second.execute("8", short.command()...)
	second.expect(jobReceived, "8")
	second.expect(jobStarted, "8")
	long.open("long")
	first.expect(jobDone, "7", "long\n")
	short.open("short")
	second.expect(jobDone, "8", "short\n")
}

// Heartbeats go both ways while the worker is idle and while it is busy, so that
// neither side ever takes the other for gone.
func TestBEATHeartbeats(t *testing.T) {
	d := startBroker(t, "--heartbeat", "100ms", "--liveness", "15")
	w := startBEATWorker(t, d, "node1", "--heartbeat", "500")
	c := startBEATClient(t, d, "node1", "")
	w.awaitHeartbeats(20)
	c.execute("7", "sleep", "1000")
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
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

// A worker that slept until it was taken for gone is told to register again when
// it speaks.
func TestBEATWorkerThatSlept(t *testing.T) {
	d := startBroker(t, "--heartbeat", "100ms", "--liveness", "10")
	w := startBEATWorker(t, d, "node1", "--patient")
	c := startBEATClient(t, d, "node1", "")
	w.await("heartbeat")
	w.signal(syscall.SIGSTOP)
	d.eventually(t, "a worker that is gone", func(c *api.Client) bool {
		_, err := c.Worker(deadline(t), "node1")
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
			w := startBEATWorker(t, d, "node1", life.worker...)
			c := startBEATClient(t, d, "node1", "scheduler")
			g := newGate(t)
			c.execute("7", g.command()...)
			c.expect(jobReceived, "7")
			c.expect(jobStarted, "7")
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
	w := startBEATWorker(t, d, "node1", "--patient")
	c := startBEATClient(t, d, "node1", "scheduler")
	g := newGate(t)
	c.execute("7", g.command()...)
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	job := w.started()
	d.kill()
	w.await("unplugged")
	g.open("fine")
	job.awaitDeath(t)
	d.start()
	c.expect(jobDone, "7", "fine\n")
}

// A client that comes back under a new routing id and names the same job gets
// the end that is in the journal, and the job does not run again.
func TestBEATClientNamesItsJobAgain(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d, "node1")
	g, runs := newGate(t), newGate(t)
	command := []string{"sh", "-c", runs.say("run") + "; " + "head -n 1 " + g.path}
	c := startBEATClient(t, d, "node1", "")
	c.execute("7", command...)
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	runs.hear()
	c.kill()
	d.restart()

	c = startBEATClient(t, d, "node1", "")
	c.execute("7", command...)
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	g.open("fine")
	c.expect(jobDone, "7", "fine\n")

	c = startBEATClient(t, d, "node1", "")
	c.execute("7", command...)
	c.expect(jobReceived, "7")
	c.expect(jobDone, "7", "fine\n")
	runs.open("once")
	if line := runs.hear(); line != "once" {
		t.Errorf("the job ran again: %s", line)
	}
}

func TestBEATClientAndOurWorker(t *testing.T) {
	d := startBroker(t)
	startWorker(t, d, "node1", "--", "cat")
	c := startBEATClient(t, d, "node1", "")
	c.execute("7", "echo", "x")
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	c.expect(jobDone, "7", `{"command":["echo","x"]}`)
}

func TestOurClientAndBEATWorker(t *testing.T) {
	d := startBroker(t)
	startBEATWorker(t, d, "node1")
	c := dial(t, d)
	started := make(chan client.Start, 1)
	h, err := c.Submit(deadline(t), client.Task{
		Worker: "node1", Body: []byte(`{"command": ["echo", "fine"]}`),
		OnStart: func(s client.Start) { started <- s },
	})
	if err != nil {
		t.Fatal(err)
	}
	result, err := h.Wait(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(result.Body) != "fine\n" || result.Worker != "node1" || result.Attempt != 1 {
		t.Errorf("ended as %+v", result)
	}
	if s := <-started; s.Task != h.ID() || s.Worker != "node1" {
		t.Errorf("started as %+v", s)
	}
}

// A worker that is killed takes its jobs with it. They are given to the next
// one of its name once they are certain to be lost.
func TestBEATWorkerKilled(t *testing.T) {
	d := startBroker(t, "--heartbeat", "100ms", "--liveness", "10", "--reattach-grace", "100ms")
	w := startBEATWorker(t, d, "node1")
	c := startBEATClient(t, d, "node1", "")
	g := newGate(t)
	c.execute("7", g.command()...)
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	w.signalGroup(syscall.SIGKILL)
	w.wait()
	d.awaitTask(t, "node1", journal.Pending)

	startBEATWorker(t, d, "node1")
	c.expect(jobStarted, "7")
	g.open("fine")
	c.expect(jobDone, "7", "fine\n")
}

// One that comes back before it was missed may still have its jobs, for all that
// BCP/1 can say. What settles it is a cancel.
func TestBEATWorkerKilledAndBackAtOnce(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d, "node1")
	c := startBEATClient(t, d, "node1", "")
	c.execute("7", "sleep", "1000")
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")
	w.signalGroup(syscall.SIGKILL)
	w.wait()
	startBEATWorker(t, d, "node1")
	c.execute("8", "true")
	c.expect(jobReceived, "8")
	c.expect(jobStarted, "8")
	c.expect(jobDone, "8", "")
	c.cancel("7")
	c.expect(jobCancelled, "7")
}

func TestBEATWorkerTerminated(t *testing.T) {
	d := startBroker(t)
	w := startBEATWorker(t, d, "node1")
	c := startBEATClient(t, d, "node1", "")
	c.execute("7", "sleep", "1000")
	c.expect(jobReceived, "7")
	c.expect(jobStarted, "7")

	// Its silence would only begin the grace, which is an hour here: it takes
	// DISCONNECT to make the job pending again.
	if code := w.terminate(); code != 0 {
		t.Fatalf("the worker ended with %d", code)
	}
	d.awaitTask(t, "node1", journal.Pending)
}

// awaitTask waits until a worker's only task is in the state. There is no event
// for all of the states, so it asks again and again.
func (d *daemon) awaitTask(t *testing.T, worker string, want journal.State) (found api.Task) {
	t.Helper()
	d.eventually(t, "a task of "+worker+" that is "+want.String(), func(c *api.Client) bool {
		_, err := c.Tasks(deadline(t), api.List{Filter: api.Filter{Worker: worker, All: true}}, func(task api.Task) error {
			found = task
			return nil
		})
		return err == nil && found.State == want.String()
	})
	return found
}
