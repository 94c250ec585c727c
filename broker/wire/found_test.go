package wire

import (
	"strings"
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

// One task whose client has no name that a session may have hides no other.
func TestFoundOfAClientWithoutAName(t *testing.T) {
	clients := []string{"Ann Smith/local:7", "bcp1:" + strings.Repeat("00", MaxName), "c"}
	sent := &Found{Req: 1}
	for i, client := range clients {
		spec := &journal.Spec{Tries: 1, Client: client, Target: journal.Target{Kind: journal.ToService, Name: "s"}}
		sent.Tasks = append(sent.Tasks, journal.Task{ID: journal.ID{byte(i + 1)}, State: journal.Pending, Spec: spec})
	}
	frames, err := new(Encoder).Encode(BCP2Client, sent)
	if err != nil {
		t.Fatal(err)
	}
	_, m, err := Decode(frames, ToPeer)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "", "c"} {
		if got := m.(*Found).Tasks[i].Spec.Client; got != want {
			t.Errorf("client %q is told as %q", clients[i], got)
		}
	}
}
