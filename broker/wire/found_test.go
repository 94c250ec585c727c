package wire

import (
	"testing"

	"bcp/journal"
)

// A task is found whatever of its options would be refused today: that is left out.
func TestFoundOfAnOlderBuild(t *testing.T) {
	spec := &journal.Spec{Tries: journal.MaxTries + 1, Priority: 7, Target: journal.Target{Kind: journal.ToService, Name: "s"}}
	task := journal.Task{ID: journal.ID{1}, State: journal.Pending, Spec: spec}
	frames, err := new(Encoder).Encode(BCP2Client, &Found{Req: 1, Last: task.ID, Tasks: []journal.Task{task}})
	if err != nil {
		t.Fatal(err)
	}
	_, m, err := Decode(frames, ToPeer)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.(*Found).Tasks[0].Spec; got.Tries != 1 || got.Priority != 7 {
		t.Errorf("found with %d tries and priority %d", got.Tries, got.Priority)
	}
}
