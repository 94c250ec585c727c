package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"bcp/client"
	"bcp/worker"
)

// A task is given to a worker that has the labels that it selects, and as much as it
// asks for.
func ExampleConfig_labels() {
	site := newSite()
	defer site.close()

	for name, gpu := range map[string]string{"node1": "h100", "node2": "a100"} {
		site.work(worker.Config{
			Name: name, Slots: 8, Labels: map[string]string{"gpu": gpu}, Resources: map[string]string{"mem": "32GiB"},
			Handler: func(context.Context, *worker.Task) ([]byte, error) { return []byte(gpu), nil },
		})
	}
	result, err := site.do(client.Task{Where: "gpu=a100", Resources: map[string]string{"mem": "20GiB"}})
	fmt.Printf("%s %v\n", result.Body, err)
	// Output: a100 <nil>
}

// A worker with one slot does one task at a time, in the order that the broker gives
// them: here the most urgent first.
func ExampleConfig_slots() {
	site := newSite()
	defer site.close()

	var tasks []*client.Handle
	for i, letter := range []string{"a parcel", "a letter", "a telegram"} {
		tasks = append(tasks, site.submit(client.Task{Worker: "postman", Priority: i, Body: []byte(letter)}))
	}
	site.work(worker.Config{
		Name: "postman", Slots: 1,
		Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
			fmt.Println(string(t.Body))
			return nil, nil
		},
	})
	for _, h := range tasks {
		_, err := h.Wait(site.ctx)
		must(err)
	}
	// Output:
	// a telegram
	// a letter
	// a parcel
}

// A handler says of its errors what shall become of the task.
func ExampleNever() {
	site := newSite()
	defer site.close()

	site.work(worker.Config{Name: "reader", Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
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
	}})
	h := site.submit(client.Task{Worker: "reader", Tries: 3, Body: []byte("/no/such/file")})
	_, err := h.Wait(site.ctx)
	task, _ := site.client.Query(site.ctx, h.ID())
	fmt.Println("attempts:", task.Attempt)
	fmt.Println(err.(*client.TaskError).Text)
	// Output:
	// attempts: 1
	// open /no/such/file: no such file or directory
}

// A worker that can't do a task says so, and another one is given it.
func ExampleErrNotMe() {
	site := newSite()
	defer site.close()

	for _, colour := range []string{"red", "blue"} {
		site.work(worker.Config{
			Name: colour, Services: []string{"paint"},
			Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
				if string(t.Body) != colour {
					return nil, fmt.Errorf("%w: I have no %s", worker.ErrNotMe, t.Body)
				}
				return []byte("painted " + colour), nil
			},
		})
	}
	for _, colour := range []string{"red", "blue"} {
		result, err := site.do(client.Task{Service: "paint", Body: []byte(colour)})
		fmt.Printf("%s %v\n", result.Body, err)
	}
	// Output:
	// painted red <nil>
	// painted blue <nil>
}

// A member of an array is told which one it is, and of how many. All have the
// array's body.
func ExampleTask_array() {
	site := newSite()
	defer site.close()

	site.work(worker.Config{
		Name: "adder", Slots: 4, Services: []string{"add"},
		Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
			numbers := strings.Fields(string(t.Body))
			sum := 0
			for i := int(t.Index); i < len(numbers); i += int(t.Size) {
				n, err := strconv.Atoi(numbers[i])
				if err != nil {
					return nil, worker.Never(err)
				}
				sum += n
			}
			return strconv.AppendInt(nil, int64(sum), 10), nil
		},
	})
	whole := site.submit(client.Task{Service: "add", Array: "3", Body: []byte("1 2 3 4 5 6 7")})
	_, err := whole.Wait(site.ctx)
	must(err)
	for i := range uint32(3) {
		member, err := site.client.Wait(site.ctx, whole.Member(i))
		must(err)
		fmt.Printf("%s ", member.Body)
	}
	// Output: 12 7 9
}

// A handler says how far it is, and small facts beside it; who has submitted the task
// can listen.
func ExampleTask_Progress() {
	site := newSite()
	defer site.close()

	site.work(worker.Config{Name: "counter", Handler: func(_ context.Context, t *worker.Task) ([]byte, error) {
		for i := range 10 {
			if err := t.Set("last", strconv.Itoa(i)); err != nil {
				return nil, err
			}
			t.Progress(float32(i+1)/10, "counting")
		}
		return nil, nil
	}})
	last := client.Progress{}
	_, err := site.do(client.Task{Worker: "counter", OnProgress: func(p client.Progress) { last = p }})
	fmt.Printf("%.0f%% %s last=%s %v\n", 100*last.Fraction, last.Text, last.Pairs["last"], err)
	// Output: 100% counting last=9 <nil>
}

// A handler that goes on where an earlier attempt has come to, and gives itself
// more time when it needs it.
func ExampleTask_SaveCheckpoint() {
	site := newSite()
	defer site.close()

	pages := []string{"one", "two", "three"}
	site.work(worker.Config{Name: "reader", Handler: func(ctx context.Context, t *worker.Task) ([]byte, error) {
		done, _ := strconv.Atoi(string(t.Checkpoint)) // 0 if nothing is saved yet
		if err := t.Extend(ctx, worker.RunTimeout, 2*time.Hour, "a large book"); err != nil {
			return nil, err
		}
		for i := done; i < len(pages); i++ {
			fmt.Printf("attempt %d reads page %s\n", t.Attempt, pages[i])
			// Once nothing of it can get lost any more:
			if err := t.SaveCheckpoint(ctx, strconv.AppendInt(nil, int64(i+1), 10)); err != nil {
				return nil, err
			}
			if t.Attempt == 1 && i == 1 {
				return nil, errors.New("fell asleep")
			}
		}
		return nil, nil
	}})
	_, err := site.do(client.Task{Worker: "reader", Tries: 2, RunTimeout: time.Minute})
	fmt.Println(err)
	// Output:
	// attempt 1 reads page one
	// attempt 1 reads page two
	// attempt 2 reads page three
	// <nil>
}

// When somebody cancels the task its handler's context is done. The task has ended,
// and its slot is free, when the handler has returned.
func ExampleTask_canceled() {
	site := newSite()
	defer site.close()

	started := make(chan struct{})
	site.work(worker.Config{Name: "sleeper", Handler: func(ctx context.Context, _ *worker.Task) ([]byte, error) {
		close(started)
		<-ctx.Done()
		fmt.Println("cleans up:", context.Cause(ctx))
		return nil, ctx.Err()
	}})
	h := site.submit(client.Task{Worker: "sleeper"})
	<-started
	_, err := site.client.Cancel(site.ctx, h.ID(), "changed my mind")
	must(err)
	_, err = h.Wait(site.ctx)
	fmt.Println(err.(*client.TaskError).Text)
	// Output:
	// cleans up: attempt was stopped
	// changed my mind
}

// What a handler returns is kept with its task, as long as that is: anybody who knows
// the task can ask for it, also for a large one.
func ExampleTask_result() {
	site := newSite()
	defer site.close()

	site.work(worker.Config{Name: "printer", Handler: func(context.Context, *worker.Task) ([]byte, error) {
		return bytes.Repeat([]byte("megabyte"), 1<<17), nil
	}})
	h := site.submit(client.Task{Worker: "printer", Keep: 7 * 24 * time.Hour, Detached: true})
	another, err := client.Dial(site.ctx, site.address)
	must(err)
	defer func() { must(another.Close()) }()
	result, err := another.Wait(site.ctx, h.ID())
	must(err)
	fmt.Printf("%s: %d bytes\n", result.State, len(result.Body))
	// Output: done: 1048576 bytes
}
