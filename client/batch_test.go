package client_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bcp/broker/wire"
	"bcp/client"
	"bcp/journal"
)

// afterOf waits for tasks of the same batch to end well.
func afterOf(indexes ...int) (after []journal.Dependency) {
	for _, i := range indexes {
		after = append(after, journal.Dependency{Task: client.InBatch(i), Wants: journal.WantsDone})
	}
	return after
}

// A batch is accepted as a whole, and runs in the order that it asks for.
func TestSubmitBatch(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	last, first, middle := echo("last"), echo("first"), echo("middle")
	last.After, middle.After = afterOf(1, 2), afterOf(1)
	first.Key = "first"
	handles, err := c.SubmitBatch(within(t), []client.Task{last, first, middle})
	if err != nil {
		t.Fatal(err)
	}
	startWorker(t, b, "w1")
	for i, want := range []string{"last", "first", "middle"} {
		if got, err := handles[i].Wait(within(t)); err != nil || string(got.Body) != want || handles[i].Known() {
			t.Errorf("task %d: %+v, %v, known %v: want %q", i, got, err, handles[i].Known(), want)
		}
	}

	// What is known is the same task, the rest is new.
	again, err := c.SubmitBatch(within(t), []client.Task{middle, first})
	if err != nil {
		t.Fatal(err)
	}
	if again[1].ID() != handles[1].ID() || !again[1].Known() || again[0].Known() {
		t.Errorf("tasks %s and %s, known %v and %v: want the second to be %s", again[0].ID(), again[1].ID(), again[0].Known(), again[1].Known(), handles[1].ID())
	}
	if got, err := again[1].Wait(within(t)); err != nil || string(got.Body) != "first" {
		t.Errorf("one that was known: %+v, %v", got, err)
	}
}

// A batch with a mistake is refused as a whole, by the client itself or by the
// broker, and the error names the task.
func TestSubmitBatchRefused(t *testing.T) {
	c := dial(t, startBroker(t))
	if _, err := c.SubmitBatch(within(t), []client.Task{{Service: "echo", Key: "used"}}); err != nil {
		t.Fatal(err)
	}
	good := client.Task{Service: "echo", Key: "good"}
	for _, try := range []struct {
		tasks []client.Task
		index int
		code  wire.Code
	}{
		{[]client.Task{good, {Service: "echo", Priority: 101}}, 1, wire.CodeBadOption},
		{[]client.Task{good, {Service: "echo", Key: "used", Body: []byte("another")}}, 1, wire.CodeKeyConflict},
		{[]client.Task{good, good}, 1, wire.CodeKeyConflict},
		{[]client.Task{good, {Service: "echo"}, {Service: "echo", After: afterOf(3)}}, 2, wire.CodeUnknownTask},
		{[]client.Task{good, {Service: "echo", After: []journal.Dependency{{Task: journal.ID{1}, Wants: journal.WantsEnd}}}}, 1, wire.CodeUnknownTask},
		{[]client.Task{good, {Service: "echo", After: afterOf(2)}, {Service: "echo", After: afterOf(1)}}, 1, wire.CodeBadOption},
	} {
		_, err := c.SubmitBatch(within(t), try.tasks)
		var batch *client.BatchError
		if !errors.As(err, &batch) || batch.Index != try.index || !isCode(err, try.code) {
			t.Errorf("%v: want %v of task %d", err, try.code, try.index)
		}
	}
	if _, err := c.SubmitBatch(within(t), []client.Task{good, {}}); !errors.Is(err, client.ErrTarget) {
		t.Errorf("a task without a target: %v", err)
	}
	_, err := c.SubmitBatch(within(t), []client.Task{good, {Service: "echo"}, good})
	if want := `submit batch: task 3: key-conflict: key "good" is that of task 1 as well`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v: want %s", err, want) // which counts in one way
	}
	if _, err := c.SubmitBatch(within(t), nil); err == nil {
		t.Error("an empty batch is accepted")
	}
	if _, err := c.QueryKey(within(t), "good"); err == nil {
		t.Error("a task of a batch that was refused is there")
	}
}

// A batch whose answer may have been lost with the broker is sent again, and
// makes its tasks once.
func TestSubmitBatchOverARestart(t *testing.T) {
	b := startBroker(t)
	c := dial(t, b)
	b.stop()
	done := make(chan error)
	go func() {
		tasks := []client.Task{{Service: "echo", Key: "a"}, {Service: "echo", Key: "b", After: afterOf(0)}}
		handles, err := c.SubmitBatch(within(t), tasks)
		if err == nil {
			_, err = handles[1].Wait(within(t))
		}
		done <- err
	}()
	b.start()
	startWorker(t, b, "w1")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		b.restart()
		handles, err := c.SubmitBatch(within(t), []client.Task{{Service: "echo", Key: "b"}, {Service: "echo", Key: "a"}})
		if err != nil || !handles[0].Known() || !handles[1].Known() {
			t.Fatalf("after restart %d: %v", i, err)
		}
	}
}

// A batch of the largest size goes through the sockets. Both sides are silent while
// they make it and commit it.
func TestSubmitLargestBatch(t *testing.T) {
	c := dial(t, startBeating(t, time.Second))
	tasks := make([]client.Task, client.MaxBatch)
	for i := range tasks {
		tasks[i] = client.Task{Service: "echo", Body: fmt.Append(nil, i), Detached: true}
	}
	handles, err := c.SubmitBatch(within(t), tasks)
	if err != nil || len(handles) != client.MaxBatch {
		t.Fatalf("%d tasks, %v", len(handles), err)
	}
	if _, err := c.SubmitBatch(within(t), append(tasks, tasks[0])); err == nil {
		t.Error("a task more is accepted")
	}
}
