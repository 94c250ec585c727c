package admin

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker"
)

// A batch is accepted as a whole; its tasks name each other by place and by key,
// and others by key and ID. A key may end as a condition does.
func TestBatch(t *testing.T) {
	r := newRig(t, emptyStore())
	before, err := r.client.Submit(t.Context(), api.Submission{Service: "s1", Key: "before:1"})
	if err != nil {
		t.Fatal(err)
	}
	batch := api.Batch{Tasks: []api.Submission{
		{Service: "s1", Key: "last", After: []string{"#2", "key=middle:any", "key=before:1:ok"}, Body: []byte("1")},
		{Service: "s1", Key: "first:any", After: []string{before.ID}},
		{Service: "s1", Key: "middle", After: []string{"key=first:any:ok"}, SameWorkerAs: "key=first:any"},
	}}
	answers, err := r.client.SubmitBatch(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	last, err := r.client.Task(t.Context(), answers[0].ID)
	want := answers[1].ID + ":ok " + answers[2].ID + ":any " + before.ID + ":ok"
	if got := strings.Join(last.WaitsFor, " "); err != nil || got != want || last.Key != "last" {
		t.Errorf("the last task waits for %q, %v: want %q", got, err, want)
	}
	r.work(t, "w1", func(context.Context, *worker.Task) ([]byte, error) { return nil, nil })
	if task, err := r.client.Wait(t.Context(), answers[0].ID, 0); err != nil || task.State != "done" {
		t.Errorf("the last task: %+v, %v", task, err)
	}

	again, err := r.client.SubmitBatch(t.Context(), batch)
	if err != nil || again[0].ID != answers[0].ID || !again[2].Known || again[0].State != "done" {
		t.Errorf("the batch again: %+v, %v", again, err)
	}
	single, err := r.client.Submit(t.Context(), api.Submission{Service: "s1", After: []string{"key=last"}})
	if err != nil {
		t.Fatal(err)
	}
	if task, err := r.client.Wait(t.Context(), single.ID, 0); err != nil || len(task.After) != 1 || task.After[0] != answers[0].ID+":ok" {
		t.Errorf("a task after another that is named by its key: %+v, %v", task, err)
	}
}

// One task that is wrong refuses all, and the error tells which.
func TestBatchRefused(t *testing.T) {
	r := newRig(t, emptyStore())
	if _, err := r.client.Submit(t.Context(), api.Submission{Service: "s1", Key: "used"}); err != nil {
		t.Fatal(err)
	}
	good := api.Submission{Service: "s1", Key: "good"}
	for _, try := range []struct {
		tasks   []api.Submission
		task    int
		code    string
		message string
	}{
		{nil, 0, wire.CodeBadOption.String(), "0 tasks in the batch: 1 to 10000 are accepted"},
		{[]api.Submission{good, {Service: "s1", Worker: "w"}}, 2, api.CodeBadRequest, "task 2: exactly one of worker and service"},
		{[]api.Submission{good, {Service: "s1", Key: "used", Body: []byte("x")}}, 2, wire.CodeKeyConflict.String(), `task 2: key "used" was used for another`},
		{[]api.Submission{good, good}, 2, wire.CodeKeyConflict.String(), `task 2: key "good" is that of task 1 as well`},
		{[]api.Submission{good, {Service: "s1", After: []string{"key=nobody"}}}, 2, api.CodeUnknownTask, `task 2: after "key=nobody": no task with key "nobody"`},
		{[]api.Submission{good, {Service: "s1", After: []string{"key=used:well"}}}, 2, api.CodeUnknownTask, `task 2: after "key=used:well": no task with key "used:well"; key=KEY with :ok, :any or :failed after it is accepted, also after a KEY that itself ends so`},
		{[]api.Submission{good, {Service: "s1", After: []string{"#0"}}}, 2, api.CodeBadRequest, `task 2: after "#0": #1 to #10000 are accepted, in a batch`},
		{[]api.Submission{good, {Service: "s1", After: []string{"#3"}}}, 2, api.CodeUnknownTask, "task 2: after task 3 of the batch: it has 2"},
		{[]api.Submission{good, {Service: "s1", After: []string{"#2"}}}, 2, wire.CodeBadOption.String(), "task 2: after: the tasks 2 -> 2 wait for each other in a circle"},
		{[]api.Submission{good, {Service: "s1", After: []string{"01KG9MA8G00000000000000001"}}}, 2, api.CodeUnknownTask, "task 2: after: no task 01KG9MA8G00000000000000001"},
	} {
		_, err := r.client.SubmitBatch(t.Context(), api.Batch{Tasks: try.tasks})
		var refused *api.Error
		if !errors.As(err, &refused) || refused.Task != try.task || refused.Code != try.code || !strings.HasPrefix(refused.Message, try.message) {
			t.Errorf("%+v: want task %d, %s, %q", err, try.task, try.code, try.message)
		}
	}
	if n := r.count(t, api.List{}); n != 1 {
		t.Errorf("%d tasks are there, want the one that was before", n)
	}
	_, err := r.client.Submit(t.Context(), api.Submission{Service: "s1", After: []string{"#1"}})
	checkCode(t, err, api.CodeBadRequest)
}

// What is wrong with the JSON of one task is told with its place, too.
func TestBatchOfWrongJSON(t *testing.T) {
	r := newRig(t, emptyStore())
	h := quiet(r.server)
	for body, want := range map[string]api.Error{
		`{"tasks":[{"service":"s"},{"service":"s","argv":"ls"}]}`: {Task: 2, Message: "task 2: argv: JSON string: a list is accepted"},
		`{"tasks":[{"service":"s"},{"service":""}]}`:              {Task: 2, Message: "task 2: service: it is empty: a text is accepted, or no such field"},
		`{"tasks":[{"servic":"s"}]}`:                              {Task: 1, Message: `task 1: unknown field "servic": worker, service, all, argv, key, client, body, options, same_worker_as, after, on_unmet, labels are accepted`},
		`{"tasks":["s"]}`:                                         {Task: 1, Message: "task 1: JSON string: an object is accepted"},
		`{"tasks":[{"service":"s","body":"YQ=!"}]}`:               {Task: 1, Message: "task 1: a body is accepted in base64, and byte 2 is not"},
		`{"tasks":{"service":"s"}}`:                               {Message: "request body: tasks: JSON object: a list is accepted"},
		`{"tasks":[{"service":"s"},{"key":"a","key":"b"}]}`:       {Message: "request body: tasks[1].key: it is given twice: once is accepted"},
		`{"task":[]}`: {Message: `request body: unknown field "task": tasks is accepted`},
	} {
		want.Code = api.CodeBadRequest
		var got api.Error
		w := get(h, "POST", "/v1/batches", "", body)
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 400 || !reflect.DeepEqual(got, want) {
			t.Errorf("%.60s: %d %s\nwant %+v", body, w.Code, w.Body, want)
		}
	}
	got := get(h, "POST", "/v1/batches", "", `{"tasks":null}`)
	checkError(t, "no list", got, 400, wire.CodeBadOption.String(), "0 tasks in the batch")
	got = get(h, "POST", "/v1/batches", "", `{"tasks":[`+strings.Repeat("{},", wire.MaxBatch)+`{}]}`)
	checkError(t, "a long list", got, 400, wire.CodeBadOption.String(), "more than 10000 tasks in the batch: 1 to 10000 are accepted")
}

// What an older build accepted is told its task by its key, and is refused under a new one.
func TestRepetitionOfAnOlderBuild(t *testing.T) {
	r := newRig(t, emptyStore())
	first, err := r.client.Submit(t.Context(), api.Submission{Service: "s1", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	older := api.Submission{Service: "s1", Key: "k", Options: api.Options{Spec: journal.Spec{RetryJitter: 20}}}
	if again, err := r.client.Submit(t.Context(), older); err != nil || again.ID != first.ID || !again.Known {
		t.Errorf("the repetition: %+v, %v", again, err)
	}
	older.Key = "new"
	_, err = r.client.Submit(t.Context(), older)
	checkCode(t, err, wire.CodeBadOption.String())
}
