package admin

import (
	"context"
	"fmt"
	"testing"

	"bcp/broker/admin/api"
	"bcp/worker"
)

// What attempts have said is in the list and at the task, with its pairs, and is
// gone with the attempt.
func TestProgress(t *testing.T) {
	r := newRig(t, emptyStore())
	said, goOn := make(chan struct{}), make(chan struct{})
	r.work(t, "w1", func(_ context.Context, task *worker.Task) ([]byte, error) {
		task.Progress(0.25, string(task.Body))
		said <- struct{}{}
		<-goOn
		return nil, task.Set("rows", "50")
	})
	ids := []string{}
	for i := range 3 {
		ids = append(ids, r.submit(t, api.Submission{Service: "s1", Body: fmt.Append(nil, "task ", i)}))
		<-said
	}
	waiting := r.submit(t, api.Submission{Worker: "nobody"})
	r.submit(t, api.Submission{Service: "s1", Body: []byte("last")})
	<-said

	// What was said last is with the broker before the last one's list is asked for.
	for found := 0; found < 4; {
		found = 0
		_, err := r.client.Tasks(t.Context(), api.List{}, func(task api.Task) error {
			if p := task.Progress; p != nil {
				found++
				if task.ID == waiting || p.Fraction != 0.25 || p.Text == "" {
					t.Errorf("task %s says %+v", task.ID, *p)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	task, err := r.client.Task(t.Context(), ids[1])
	if err != nil || task.Progress == nil || task.Progress.Text != "task 1" {
		t.Errorf("%+v, %v", task.Progress, err)
	}
	close(goOn)
	if task, err = r.client.Wait(t.Context(), ids[1], 0); err != nil || task.Progress != nil {
		t.Errorf("ended: %+v, %v", task.Progress, err)
	}
}
