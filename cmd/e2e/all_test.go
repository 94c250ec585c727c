package e2e

import (
	"slices"
	"strings"
	"testing"

	"bcp/broker/admin/api"
	"bcp/client"
	"bcp/journal"
)

// A broadcast goes on over kills of the broker: who has done his member gets no other
// one, who comes late gets one, and there is one end that tells of all.
func TestBroadcastOverKills(t *testing.T) {
	d := startBroker(t)
	gates := map[string]*gate{}
	begin := func(name string) {
		gates[name] = newGate(t)
		gates[name].startWorker(d, name, "--service", "s")
	}
	begin("w1")
	begin("w2")
	c := dial(t, d)
	h := submit(t, c, client.Task{Service: "s", All: true, LateJoiners: true, Key: "upgrade"})
	gates["w1"].open("one")
	if first, err := c.Wait(deadline(t), h.Member(0)); err != nil || string(first.Body) != "one\n" || first.Worker != "w1" {
		t.Fatalf("the first member: %+v, %v", first, err)
	}
	d.restart()
	begin("w3")
	d.eventually("all three to be there", func(c *api.Client) bool { return len(members(t, c, h)) == 3 && workersLive(t, c) == 3 })
	d.restart()
	gates["w2"].open("two")
	gates["w3"].open("three")
	whole, err := h.Wait(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	summary, err := whole.Summary()
	if err != nil || summary.Numbers != (journal.Numbers{Members: 3, Done: 3}) {
		t.Errorf("the end tells of %+v, %v", summary, err)
	}
	var workers []string
	for _, m := range members(t, d.api(), h) {
		workers = append(workers, m.Worker)
		steps := d.history(m.ID)
		if n := strings.Count(strings.Join(steps, "\n"), journal.KindEnd.String()+" "); steps[0] != "join" || n != 1 {
			t.Errorf("the member of %s has the history %v", m.Worker, steps)
		}
	}
	if want := []string{"w1", "w2", "w3"}; !slices.Equal(workers, want) {
		t.Errorf("the members are of %v: want %v", workers, want)
	}
	again, err := c.Submit(deadline(t), client.Task{Service: "s", All: true, LateJoiners: true, Key: "upgrade"})
	if err != nil || again.ID() != h.ID() || !again.Known() {
		t.Errorf("submitted again: %v, %v", again, err)
	}
	d.ctl("tasks", "show", h.ID().String()).exits(0).says("all/s", "3 of 3 members done", "w1", "w2", "w3")
}

// A worker that is killed and doesn't come back is skipped, in a grace.
func TestBroadcastSkipsKilledWorker(t *testing.T) {
	d := startBroker(t, "--reattach-grace", "1s")
	g := newGate(t)
	startWorker(t, d, "w1", "--service", "s", "--", "echo", "fine")
	victim := g.startWorker(d, "w2", "--service", "s")
	c := dial(t, d)
	h := submit(t, c, client.Task{Service: "s", All: true, OnAway: journal.AwaySkip})
	if first, err := c.Wait(deadline(t), h.Member(0)); err != nil || string(first.Body) != "fine\n" {
		t.Fatalf("the first member: %+v, %v", first, err)
	}
	victim.kill()
	whole, err := h.Wait(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	summary, err := whole.Summary()
	if err != nil || summary.Done != 1 || summary.Skipped != 1 || summary.Each[1].Reason != journal.ReasonAway.String() {
		t.Errorf("the end tells of %+v, %v", summary, err)
	}
}

// members lists the members of a broadcast as the API does.
func members(t *testing.T, c *api.Client, h *client.Handle) (list []api.Task) {
	t.Helper()
	err := c.Members(deadline(t), h.ID().String(), func(m api.Task) error {
		list = append(list, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func workersLive(t *testing.T, c *api.Client) (n int) {
	t.Helper()
	err := c.Workers(deadline(t), func(w api.Worker) error {
		if w.State == api.WorkerLive {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
