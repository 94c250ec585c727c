package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"bcp/client"
)

// fullPipe returns the path of a pipe that nothing more goes into, and nobody reads.
func fullPipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(tempDir(t), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	for piece := make([]byte, os.Getpagesize()); err == nil; {
		_, err = syscall.Write(fd, piece)
	}
	if !errors.Is(err, syscall.EAGAIN) {
		t.Fatal(err)
	}
	return path
}

// A broker and a worker whose logs nobody reads work, and end in order.
func TestLogsThatNobodyReads(t *testing.T) {
	pipe := fullPipe(t)
	unread := func(name string, argv ...string) *process {
		return start(t, name, append([]string{"sh", "-c", `exec "$@" 2>"$0"`, pipe}, argv...)...)
	}
	d := newIPCBroker(t)
	d.process = unread("bcp-broker", d.argv()...)
	w := unread("bcp-worker", program("bcp-worker"), "--broker", d.endpoint, "--name", "w1", "--log-level", "debug",
		"--", "sh", "-c", "echo nonsense >&$BCP_PROGRESS_FD; echo fine")
	h := submit(t, dial(t, d), client.Task{Worker: "w1"})
	wantDone(t, h, "fine\n")
	for _, p := range []*process{w, d.process} {
		p.terminate()
	}
}
