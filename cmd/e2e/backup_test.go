package e2e

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"bcp/client"
)

// taken is a backup, and what had been told when it began.
type taken struct {
	path string
	told map[string]client.Result
}

// Backups are taken while a thousand tasks go through a broker, which is killed in
// between. Each is whole, and a broker on what is restored from it knows all that
// anybody had been told before the backup began.
func TestBackupUnderLoad(t *testing.T) {
	d := startBroker(t, "--blob-min", "10")
	l := newLoad(t, d, 4, 250)
	dir := tempDir(t)
	var all []taken
	l.run(4, func() {
		l.mu.Lock()
		b := taken{filepath.Join(dir, fmt.Sprintf("backup-%d.db", len(all))), maps.Clone(l.told)}
		l.mu.Unlock()
		d.ctl("journal", "backup", b.path).exits(0).complains("Written and verified")
		all = append(all, b)
		if len(all) == 2 {
			d.restart()
		}
	})
	d.killWhole()
	for _, b := range all {
		b.check(t)
	}
}

// killWhole verifies the journal, kills the broker, and verifies it again.
func (d *daemon) killWhole() {
	d.t.Helper()
	d.ctl("journal", "verify").exits(0).complains("is whole")
	d.kill()
	d.offline("journal", "verify").exits(0).complains("is whole")
}

// check restores the backup and has a broker list what is in it.
func (b *taken) check(t *testing.T) {
	t.Helper()
	dir := tempDir(t)
	d := newBroker(t, dir)
	d.offline("journal", "restore", b.path).exits(0).complains("Restored")
	d.start()
	type end struct {
		state, worker string
		attempt       uint32
	}
	listed := map[string]end{}
	for _, task := range d.ctl("tasks", "list", "--all", "--limit", "0", "-o", "jsonl").exits(0).tasks() {
		listed[task.ID] = end{task.State, task.Worker, task.Attempt}
	}
	wrong := 0
	for id, told := range b.told {
		if want := (end{told.State.String(), told.Worker, told.Attempt}); listed[id] != want {
			wrong++
			t.Logf("%s: task %s is %+v, and told was %+v", b.path, id, listed[id], want)
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d of %d tasks are not as they were told", b.path, wrong, len(b.told))
	}
	for id, told := range b.told {
		d.ctl("tasks", "result", id).exits(0).says(strings.TrimSpace(string(told.Body)))
		break // all of them were verified with the backup
	}
	d.kill()
}

// The journal is compacted again and again while a thousand tasks go through a broker,
// which is killed in the middle of some of that: nothing that was told is lost.
func TestCompactUnderLoad(t *testing.T) {
	d := startBroker(t, "--blob-min", "10")
	l := newLoad(t, d, 4, 250)
	n := 0
	l.run(6, func() {
		if n++; n%3 > 0 {
			d.ctl("journal", "compact").exits(0).complains("commits waited for")
			return
		}
		compacting := d.startCtl("journal", "compact")
		d.restart()
		<-compacting.exited
	})
	d.killWhole()
	if left, err := filepath.Glob(d.db + ".new-compact"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
