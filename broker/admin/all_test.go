package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/worker"
)

// A broadcast as the API tells it: where the member for each worker stands.
func TestBroadcast(t *testing.T) {
	r := newRig(t, emptyStore())
	for _, name := range []string{"w1", "w2"} {
		r.work(t, name, func(context.Context, *worker.Task) ([]byte, error) {
			if name == "w2" {
				return nil, errors.New("disk full")
			}
			return nil, nil
		})
		if id := r.submit(t, api.Submission{Worker: api.Given(name)}); r.wait(t, id).Worker != name {
			t.Fatalf("%s is not there", name)
		}
	}
	id := r.submit(t, api.Submission{Service: "s1", All: true})
	whole := r.wait(t, id)
	if whole.State != "failed" || whole.Target != (api.Target{Kind: api.TargetAll, Name: "s1"}) || whole.Members.Done != 1 || whole.Members.Failed != 1 {
		t.Errorf("the broadcast is %+v, its members %+v", whole, whole.Members)
	}
	members := r.members(t, id)
	if want := []string{"0 w1 done finished ", "1 w2 failed error disk full"}; !slices.Equal(members, want) {
		t.Errorf("the members are %q: want %q", members, want)
	}
	if alone := r.members(t, r.submit(t, api.Submission{Worker: "nobody"})); len(alone) != 0 {
		t.Errorf("a task that is no broadcast has the members %q", alone)
	}
}

func (r *rig) wait(t *testing.T, id string) api.Task {
	t.Helper()
	task, err := r.client.Wait(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func (r *rig) members(t *testing.T, id string) (list []string) {
	t.Helper()
	err := r.client.Members(t.Context(), id, func(m api.Task) error {
		if m.Broadcast != id || m.Index == nil {
			t.Errorf("a member of broadcast %s is %+v", id, m)
			return nil
		}
		list = append(list, fmt.Sprint(*m.Index, " ", m.Pinned, " ", m.State, " ", m.Reason, " ", m.Text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What is no broadcast is told with what is accepted.
func TestBadBroadcast(t *testing.T) {
	r := newRig(t, emptyStore())
	for _, try := range []struct {
		s    api.Submission
		code string
	}{
		{api.Submission{All: true}, wire.CodeBadOption.String()},
		{api.Submission{All: true, Worker: "w1"}, api.CodeBadRequest},
		{api.Submission{All: true, Service: "s1", SameWorkerAs: "key=k"}, api.CodeUnknownTask},
		{api.Submission{All: true, Service: "s1"}, wire.CodeNotAllowed.String()},
	} {
		_, err := r.client.Submit(t.Context(), try.s)
		var refused *api.Error
		if !errors.As(err, &refused) || refused.Code != try.code {
			t.Errorf("%+v: %v: want %s", try.s, err, try.code)
		}
	}
}
