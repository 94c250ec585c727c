package e2e

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A command that a first signal doesn't end, for nobody takes its output, is ended by a second
// one.
func TestSecondSignalEndsCtl(t *testing.T) {
	g := newGate(t)
	if _, err := unix.FcntlInt(g.pipe.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	ctl := start(t, "bcp-ctl", "/bin/sh", "-c", `exec "$1" completion bash >"$2"`, "sh", program("bcp-ctl"), g.path)
	if _, err := g.pipe.Read(make([]byte, 1)); err != nil { // it writes, of which the pipe has no room for the most
		t.Fatal(err)
	}
	again, late := time.NewTicker(time.Millisecond), time.After(patience)
	defer again.Stop()
	for !ctl.hasExited() {
		select {
		case <-ctl.exited:
		case <-again.C:
			_ = ctl.cmd.Process.Signal(syscall.SIGTERM) // it may end just now
		case <-late:
			t.Fatal("it goes on, whatever it is told")
		}
	}
	if status := ctl.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v", ctl.cmd.ProcessState)
	}
}
