package e2e

import (
	"sync"
	"testing"
)

// Who reads the journal of a broker that was just killed waits for who brings its log into
// the tables, however many come at once.
func TestManyReadersOfAKilledBroker(t *testing.T) {
	d := startBroker(t, "--reserve", "0")
	ids := d.killWithLog()
	answers := make(chan answer)
	var readers sync.WaitGroup
	for range 12 {
		for _, args := range [][]string{{"tasks", "list", "-o", "name"}, {"journal", "export"}, {"journal", "verify"}} {
			readers.Go(func() { answers <- d.offline(args...) })
		}
	}
	go func() {
		readers.Wait()
		close(answers)
	}()
	for a := range answers {
		if a.code != 0 {
			t.Errorf("%v: exit code %d: %s", a.argv, a.code, a.stderr)
		} else if a.argv[3] != "journal" {
			a.says(ids...)
		}
	}
}
