package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What was accepted right before a broker is killed is in its journal's log alone. Each
// command that works on the file shows it.
func TestCtlOfAKilledBroker(t *testing.T) {
	d := startBroker(t, "--reserve", "0")
	ids := d.killWithLog()
	left, err := os.ReadFile(d.db)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		"tasks list -o name", "tasks show ID", "tasks history ID", "replay --dry-run", "journal export",
		"journal backup COPY", "journal compact", "journal restore DB --db COPY",
	} {
		dir := tempDir(t)
		db, copied := filepath.Join(dir, "left.db"), filepath.Join(dir, "copy.db")
		if err := os.WriteFile(db, left, 0o600); err != nil {
			t.Fatal(err)
		}
		id := ids[len(ids)-1]
		args := strings.Fields(strings.NewReplacer("ID", id, "DB", db, "COPY", copied).Replace(words))
		ctlOn(t, db, args...).exits(0)
		if _, err := os.Stat(copied); err == nil {
			db = copied
		}
		ctlOn(t, db, "tasks", "list", "-o", "name").exits(0).says(ids...)
		if verified := ctlOn(t, db, "journal", "verify").exits(0); verified.stdout != "" {
			t.Errorf("%s: a verification says\n%s", words, verified.stdout)
		}
	}
}

// killWithLog has the broker accept a task and kills it at once, until that is in the log
// alone, as a verification says. It returns all that were accepted.
func (d *daemon) killWithLog() (ids []string) {
	d.t.Helper()
	for {
		ids = append(ids, d.ctl("tasks", "submit", "--service", "s").exits(0).text())
		d.kill()
		verified := d.offline("journal", "verify").exits(0)
		if verified.complains("is whole"); strings.Contains(verified.stdout, "in the log alone") {
			return ids
		}
		d.start()
	}
}
