package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bcp/client"
)

// onSmallDisk runs a command with a file system of 1 MiB in the folder that is
// its first argument, and leaves a copy of what was in there beside it.
const onSmallDisk = `
mount -t tmpfs -o size=1m tmpfs "$0" || exit 99
"$@"
code=$?
cp --sparse=always -r "$0" "$0.left"
exit $code`

// smallDisk returns what has to stand before a command so that it has one. The
// command is in namespaces of its own, which take all of it with them.
func smallDisk(t *testing.T, folder string) []string {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	namespaces := []string{"unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--"}
	try := append(slices.Clone(namespaces), "mount", "-t", "tmpfs", "tmpfs", folder)
	if out, err := exec.Command(try[0], try[1:]...).CombinedOutput(); err != nil {
		t.Skipf("this user may not mount a file system of its own: %v: %s", err, out)
	}
	return append(namespaces, "sh", "-c", onSmallDisk, folder)
}

// A broker without a reserve whose disk is full says so and ends without an answer
// to what it could not write. What it had accepted is all in its journal.
func TestFullDisk(t *testing.T) {
	dir := tempDir(t)
	folder := filepath.Join(dir, "small")
	d := newBroker(t, dir, "--reserve", "0")
	d.db, d.wrapper = filepath.Join(folder, "bcp.db"), smallDisk(t, folder)
	d.start()
	accepted := submitUntilEnd(t, d)
	if len(accepted) == 0 {
		t.Error("the disk was full from the start")
	}
	d.exits(1)
	d.stderr.awaitText("no space left on device")

	d.db = filepath.Join(folder+".left", "bcp.db")
	journaled := d.listOffline()
	for _, id := range accepted {
		if !slices.Contains(journaled, id) {
			t.Errorf("task %s was accepted and is not in the journal", id)
		}
	}
	d.wrapper = nil
	d.start()
	if got := strings.Fields(d.ctl("tasks", "list", "-o", "name").exits(0).stdout); !slices.Equal(got, journaled) {
		t.Errorf("the journal has %d tasks, and a broker on it %d", len(journaled), len(got))
	}
}

// submitUntilEnd submits tasks until the broker ends, and returns those that were accepted.
// Its client is closed then, and doesn't submit the last one again to another broker.
func submitUntilEnd(t *testing.T, d *daemon) (accepted []string) {
	t.Helper()
	c := dial(t, d)
	defer c.Close()
	ctx, cancel := context.WithCancel(deadline(t))
	defer cancel()
	go func() {
		<-d.exited
		cancel()
	}()
	for {
		h, err := c.Submit(ctx, client.Task{Service: "s", Body: make([]byte, 8<<10)})
		if err != nil {
			return accepted
		}
		accepted = append(accepted, h.ID().String())
	}
}
