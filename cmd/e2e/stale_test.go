package e2e

import (
	"path/filepath"
	"syscall"
	"testing"

	"bcp/client"
	"bcp/journal"
)

// stale is a worker that slept until its task was given to another one.
//
//	w1   attempt 1 ---- SIGSTOP ............................ SIGCONT
//	broker                      silence, grace, requeue
//	w2                                        attempt 2 --------------> end
type stale struct {
	t        *testing.T
	daemon   *daemon
	worker   *process // w1, which is stopped
	other    *process // w2, which has attempt 2
	task     *client.Handle
	attempts [2]*gate
	command  watched // of attempt 1
}

func newStale(t *testing.T) *stale {
	t.Helper()
	dir, pids := tempDir(t), newGate(t)
	s := &stale{t: t, daemon: startBroker(t, "--heartbeat", "100ms", "--liveness", "10", "--reattach-grace", "200ms")}
	for i, name := range []string{"1", "2"} {
		s.attempts[i] = newGateAt(t, filepath.Join(dir, name))
	}
	command := []string{"--service", "s", "--", "sh", "-c", pids.say("$$") + "; exec head -n 1 " + dir + "/$BCP_ATTEMPT"}
	s.worker = startWorker(t, s.daemon, "w1", command...)
	var starts <-chan client.Start
	s.task, starts = submitTold(t, dial(t, s.daemon), client.Task{Service: "s"})
	s.command = pids.hearPID()
	await(t, starts)

	s.worker.signal(syscall.SIGSTOP)
	s.other = startWorker(t, s.daemon, "w2", command...)
	if st := await(t, starts); st.Attempt != 2 || st.Worker != "w2" {
		t.Fatalf("started next: %+v", st)
	}
	pids.hearPID()
	return s
}

// wake continues the stopped worker, and returns when it has registered again
// and does new work.
func (s *stale) wake() {
	s.t.Helper()
	s.worker.signal(syscall.SIGCONT)
	s.worker.stderr.awaitText("registered")
}

// check ends attempt 2 and looks for traces of attempt 1 after its loss.
func (s *stale) check() {
	s.t.Helper()
	s.attempts[1].open("two")
	s.daemon.wantLife(s.task, "two\n",
		"submit",
		"dispatch 1 w1", "start 1 w1", "requeue 1 w1 "+journal.ReasonLost.String(),
		"dispatch 2 w2", "start 2 w2", "end 2 w2 "+journal.ReasonFinished.String())
}

// What a stale worker has finished meanwhile changes nothing.
func TestStaleEndChangesNothing(t *testing.T) {
	s := newStale(t)
	s.attempts[0].open("one")
	s.command.awaitDeath()
	s.wake()
	// Its end went out before the end of what it is given now.
	h := submit(t, dial(t, s.daemon), client.Task{Worker: "w1"})
	s.attempts[0].open("next")
	wantDone(t, h, "next\n")
	s.check()
}

// What a stale worker still runs is stopped.
func TestStaleAttemptIsStopped(t *testing.T) {
	s := newStale(t)
	s.wake()
	s.command.awaitDeath()
	s.check()
}
