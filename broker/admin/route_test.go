package admin

import (
	"errors"
	"testing"

	"bcp/broker/admin/api"
)

// A worker or a task is asked for by its name, also where a path would mean another folder by it.
func TestNamesThatArePaths(t *testing.T) {
	r := newRig(t, emptyStore())
	for _, name := range []string{".", "..", "...", "a/..", "../a", "a b%"} {
		var refused *api.Error
		if _, err := r.client.Worker(t.Context(), name); !errors.As(err, &refused) || refused.Code != api.CodeUnknownWorker {
			t.Errorf("worker %s: %v", name, err)
		}
		if _, err := r.client.Task(t.Context(), name); !errors.As(err, &refused) || refused.Code != api.CodeBadRequest {
			t.Errorf("task %s: %v", name, err)
		}
	}
}
