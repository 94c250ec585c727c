package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A command that a first signal doesn't end, for nobody takes its output, is ended by a second
// one.
func TestSecondSignalEndsCtl(t *testing.T) {
	path := filepath.Join(tempDir(t), "pipe")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if _, err := unix.FcntlInt(pipe.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
		t.Fatal(err)
	}
	ctl := start(t, "bcp-ctl", "/bin/sh", "-c", `exec "$1" completion bash >"$2"`, "sh", program("bcp-ctl"), path)
	if _, err := pipe.Read(make([]byte, 1)); err != nil { // it writes, of which the pipe has no room for the most
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
