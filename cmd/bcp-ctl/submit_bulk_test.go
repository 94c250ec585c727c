package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// smallBroker takes batches of up to so many tasks, and no task with the key "bad".
type smallBroker struct {
	most  int
	room  int      // for tasks in all, 0 for any
	taken []string // keys, in order
}

func (b *smallBroker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var batch api.Batch
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		panic(err)
	}
	bad := slices.IndexFunc(batch.Tasks, func(s api.Submission) bool { return s.Key == "bad" })
	switch {
	case len(batch.Tasks) > b.most:
		answer(w, http.StatusRequestEntityTooLarge, api.Errorf(api.CodeTooLarge, "the bodies of the batch have too many bytes"))
	case b.room > 0 && len(b.taken)+len(batch.Tasks) > b.room:
		answer(w, http.StatusServiceUnavailable, api.Errorf(wire.CodeQueueFull.String(), "it is full"))
	case bad >= 0:
		answer(w, http.StatusBadRequest, &api.Error{Code: "bad-option", Message: fmt.Sprintf("task %d: it is bad", bad+1), Task: bad + 1})
	default:
		var done api.BatchSubmitted
		for _, t := range batch.Tasks {
			b.taken = append(b.taken, string(t.Key))
			done.Tasks = append(done.Tasks, api.Submitted{ID: "id-" + string(t.Key)})
		}
		answer(w, http.StatusOK, done)
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who asks finds out
}

// submitLines submits a task for each key to the broker.
func submitLines(t *testing.T, b *smallBroker, keys ...string) (printed string, err error) {
	t.Helper()
	var lines strings.Builder
	for _, key := range keys {
		fmt.Fprintf(&lines, `{"service":"s","key":%q}`+"\n", key)
	}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	var out bytes.Buffer
	bulk := newBulk(&globals{output: "name"}, newClient(t, s.URL), newTaskFile("f", lineDefaults{}, input{t.Context(), strings.NewReader(lines.String())}), stdio{out: &out, words: io.Discard})
	err = bulk.finish(bulk.stream(t.Context()))
	return out.String(), err
}

// What the broker doesn't take as one batch is submitted in parts, in order.
func TestBulkInParts(t *testing.T) {
	b := &smallBroker{most: 2}
	printed, err := submitLines(t, b, "1", "2", "3", "4", "5", "6", "7")
	if want := "id-1\nid-2\nid-3\nid-4\nid-5\nid-6\nid-7\n"; err != nil || printed != want || len(b.taken) != 7 {
		t.Errorf("printed %q, %v; taken %q", printed, err, b.taken)
	}
	b = &smallBroker{}
	if _, err := submitLines(t, b, "1", "2"); err == nil || err.Error() != "f, from line 1 on: the bodies of the batch have too many bytes" {
		t.Errorf("a broker that takes nothing: %v", err)
	}
}

// What a broker has room for is submitted, and the first line that it has none for is told.
func TestBulkFillsTheQueue(t *testing.T) {
	b := &smallBroker{most: 10, room: 3}
	printed, err := submitLines(t, b, "1", "2", "3", "4", "5", "6")
	if err == nil || err.Error() != "f, from line 4 on: it is full" || printed != "id-1\nid-2\nid-3\n" {
		t.Errorf("printed %q, %v; taken %q", printed, err, b.taken)
	}
}

// The first line that the broker refuses ends it, behind all lines before it.
func TestBulkStopsAtARefusal(t *testing.T) {
	for most, keys := range map[int][]string{10: {"1", "2", "3", "bad", "5"}, 2: {"1", "2", "3", "bad", "5"}, 1: {"1", "2", "3", "bad", "5", "6"}} {
		b := &smallBroker{most: most}
		printed, err := submitLines(t, b, keys...)
		if err == nil || err.Error() != "f:4: it is bad" || printed != "id-1\nid-2\nid-3\n" || len(b.taken) != 3 {
			t.Errorf("at most %d: printed %q, %v; taken %q", most, printed, err, b.taken)
		}
	}
	if printed, err := submitLines(t, &smallBroker{most: 10}, "bad", "2"); err == nil || err.Error() != "f:1: it is bad" || printed != "" {
		t.Errorf("the first is bad: printed %q, %v", printed, err)
	}
}

// A key that comes again is the same task, and not a mistake.
func TestBulkKeyAgain(t *testing.T) {
	b := &smallBroker{most: 10}
	if _, err := submitLines(t, b, "1", "2", "1"); err != nil || !slices.Equal(b.taken, []string{"1", "2", "1"}) {
		t.Errorf("%v; taken %q", err, b.taken)
	}
}

// onlyLine reads the task of a file with one line.
func onlyLine(t *testing.T, line string) (*lineTask, error) {
	return newTaskFile("f", lineDefaults{prefix: "p"}, input{t.Context(), strings.NewReader(line + "\n")}).next()
}

// What is no text would come out as another: it is refused, and what takes it is told.
func TestLineOfOtherBytes(t *testing.T) {
	const not, half = "it is not UTF-8", `body: it has half of a character, which is \ud800 to \udfff by itself`
	for body, says := range map[string]string{
		"a\xffb": not, `\ud800udc00`: half, `a\ud800b`: half, `\udc00`: half, `\ud800\ud800\udc00`: half, `\ud800\n`: half, `\ud83d\\ude00`: half, `\uDFFF`: half,
		`\ud83d\ude00`: "", `\uD83D\uDE00`: "", `\\ud800`: "", `\ufffd`: "", "\ufffd": "", `\\\ud83d\ude00\\`: "",
	} {
		task, err := onlyLine(t, `{"service":"s","body":"`+body+`"}`)
		if (says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), "f:1: "+says+": a body of other bytes is accepted as body_base64 or body_file") {
			t.Errorf("%q: %+v, %v", body, task, err)
		}
	}
}

// A field that is given twice is told by its name.
func TestLineWithAFieldTwice(t *testing.T) {
	if task, err := onlyLine(t, `{"service":"s","key":"a","Key":"b"}`); err == nil || !strings.HasSuffix(err.Error(), "f:1: Key: it is given twice: once is accepted") {
		t.Errorf("%+v, %v", task, err)
	}
}

// There is nothing behind the task in its line, not even what is no JSON.
func TestLineWithMore(t *testing.T) {
	for _, more := range []string{"{}", "}", "]", ",", `\`, `}\`} {
		if task, err := onlyLine(t, `{"service":"s"} `+more); err == nil || !strings.Contains(err.Error(), "f:1: one JSON object is accepted in a line, and nothing after it") {
			t.Errorf("%q: %+v, %v", more, task, err)
		}
	}
}

// What an earlier line names, as what it waits for or whose worker it wants, begins another
// portion: it may name what was there before, and not what comes.
func TestPortionEndsBeforeWhatItNames(t *testing.T) {
	var b portionBuilder
	b.add(&lineTask{Submission: api.Submission{Key: "a", After: []string{"key=b:any:ok"}, SameWorkerAs: "key=c:ok"}})
	for key, taken := range map[string]bool{"a": false, "b:any": false, "c:ok": false, "b": true, "c": true} {
		if b.takes(&lineTask{Submission: api.Submission{Key: api.Given(key)}}) != taken {
			t.Errorf("%q is taken into the portion: want %v", key, taken)
		}
	}
}
