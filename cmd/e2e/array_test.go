package e2e

import (
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/view"
	"bcp/client"
)

// A client is told of an array's members what bcp-ctl is told, also of those that have not
// started, and after a kill of the broker.
func TestClientListsMembers(t *testing.T) {
	d := startBroker(t)
	g := newGate(t)
	g.startWorker(d, "w1", "--service", "s")
	c := dial(t, d)
	h := submit(t, c, client.Task{Service: "s", Array: "7-256", ArrayRunning: 1, Key: "array"})
	g.open("one") // the first one ends, and the second one runs for as long as the gate is shut
	d.eventually("the first member to end", func(*api.Client) bool { return clientsMembers(t, c, h)[0].Ended })
	alike := func() {
		t.Helper()
		d.eventually("both to be told the same", func(*api.Client) bool {
			told, listed := clientsMembers(t, c, h), d.ctl("tasks", "list", "--array", "key=array", "--all", "-o", "jsonl").exits(0).tasks()
			if len(told) != 250 || len(listed) != len(told) {
				t.Fatalf("%d members are told, and %d listed", len(told), len(listed))
			}
			for i := range told {
				if told[i].ID != listed[i].ID || *told[i].Index != *listed[i].Index || *told[i].Index != uint32(7+i) {
					t.Fatalf("member %d is told as %+v, and listed as %+v", i, told[i], listed[i])
				}
				if told[i].State != listed[i].State || told[i].Attempt != listed[i].Attempt {
					return false // it went on between the two
				}
			}
			return told[0].State == "done" && told[249].State == "pending" && told[249].Attempt == 0
		})
	}
	alike()
	d.restart()
	alike()
}

// clientsMembers lists the members of an array as a client is told of them.
func clientsMembers(t *testing.T, c *client.Client, h *client.Handle) (list []view.Task) {
	t.Helper()
	for m, err := range c.Members(deadline(t), h.ID()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}
