package worker_test

import (
	"bytes"
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker"
)

// A worker that has nothing to do keeps neither the last body nor the last result.
func TestIdleWorkerKeepsNoPayloads(t *testing.T) {
	b := newBroker(t)
	var bodies, results atomic.Int32
	b.run(worker.Config{Handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
		runtime.AddCleanup(&task.Body[0], func(int) { bodies.Add(1) }, 0)
		result := make([]byte, 1<<20)
		runtime.AddCleanup(&result[0], func(int) { results.Add(1) }, 0)
		return result, nil
	}})
	b.welcome()
	b.send(&wire.Dispatch{Ref: wire.Ref{Task: journal.ID{1}, Attempt: 1}, Seq: 1, Body: bytes.Repeat([]byte("b"), 1<<20)})
	b.send(&wire.OutcomeAck{Ref: next[*wire.Outcome](b).Ref})
	for range 100 {
		b.send(&wire.Beat{Ask: true})
		next[*wire.WorkerBeat](b)
		if runtime.GC(); bodies.Load() > 0 && results.Load() > 0 {
			return
		}
	}
	t.Errorf("let go of: %d bodies, %d results", bodies.Load(), results.Load())
}
