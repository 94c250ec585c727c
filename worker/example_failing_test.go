package worker_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"bcp/worker"
)

// A handler that says of its errors what shall become of the task.
func ExampleNever() {
	_ = worker.Config{Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
		input, err := os.ReadFile(string(t.Body))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, worker.Never(err) // it won't be there the next time either
		case errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("%w: %w", worker.ErrNotMe, err) // another worker may be allowed
		case err != nil:
			return nil, worker.Class(err, "disk") // a task can ask for no other try after those
		}
		return input, nil
	}}
}
