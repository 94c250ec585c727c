package e2e

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A command that a first signal doesn't end, for it hangs in the file system, is ended by a
// second one.
func TestSecondSignalEndsCtl(t *testing.T) {
	dir := tempDir(t)
	pipe, tasks := filepath.Join(dir, "pipe"), filepath.Join(dir, "tasks.jsonl")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	writeText(t, tasks, `{"service":"s","body_file":"pipe"}`+"\n")
	ctl := start(t, "bcp-ctl", program("bcp-ctl"), "tasks", "submit", "--file", tasks, "--key-prefix", "p", "--dry-run")
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // when it reads
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
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
