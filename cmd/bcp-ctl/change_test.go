package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"bcp/broker/admin/api"
)

// A note is there where a task is not changed, or not as it was asked for.
func TestNoteText(t *testing.T) {
	for _, c := range []struct {
		verb api.Verb
		row  api.ChangeRow
		want string
	}{
		{api.VerbDrop, api.ChangeRow{Before: "pending", WasHeld: true, After: "failed"}, ""},
		{api.VerbDrop, api.ChangeRow{Before: "pending", After: "canceled"}, ""},
		{api.VerbDrop, api.ChangeRow{Before: "failed", After: "failed"}, "it has ended"},
		{api.VerbCancel, api.ChangeRow{Before: "running", After: "canceling"}, ""},
		{api.VerbCancel, api.ChangeRow{Before: "running", After: "done"}, "it has ended"},
		{api.VerbCancel, api.ChangeRow{Before: "canceling", After: "canceling"}, "it was being canceled already"},
		{api.VerbRetry, api.ChangeRow{Before: "pending", After: "pending"}, "its wait is over"},
		{api.VerbRetry, api.ChangeRow{Before: "pending", After: "dispatched"}, ""},
		{api.VerbRetry, api.ChangeRow{Before: "failed", After: "pending", RetriedAs: "T2"}, "as T2"},
		{api.VerbRetry, api.ChangeRow{Before: "failed", After: "pending"}, "as another task"},
		{api.VerbHold, api.ChangeRow{Before: "pending", WasHeld: true, After: "pending", Held: true}, "it was held already"},
		{api.VerbRelease, api.ChangeRow{Before: "pending", After: "pending"}, "it was not held"},
	} {
		if got := noteText(c.verb, &c.row); got != c.want {
			t.Errorf("%s %+v: %q, want %q", c.verb, c.row, got, c.want)
		}
	}
}

// What is put aside is told apart from what only waits: a retry of all takes both.
func TestCountText(t *testing.T) {
	rows := []api.ChangeRow{{Before: "failed"}, {Before: "pending"}, {Before: "pending", WasHeld: true}, {Before: "pending"}}
	for n, want := range map[int]string{0: "0 tasks", 1: "1 task (1 failed)", 4: "4 tasks (1 held, 2 pending, 1 failed)"} {
		if got := countText(rows[:n]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What an error has left is told, but of a dry run: that has changed nothing.
func TestChangeIsCutOff(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"item":{"id":"1","before":"pending","after":"canceled"}}`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer s.Close()
	for dryRun, want := range map[bool]string{
		false: "What became of 1 of 2 tasks is told: the same command again does the rest.\n",
		true:  "",
	} {
		var words bytes.Buffer
		job := &changeJob{
			client: newClient(t, s.URL), words: &cancelWords, stderr: &words,
			printer: newPrinter(&globals{output: "name"}, io.Discard, changeView(api.VerbCancel)),
		}
		if err := job.change(t.Context(), []string{"1", "2"}, dryRun); err == nil || words.String() != want {
			t.Errorf("dry run %v: %v, %q", dryRun, err, words.String())
		}
	}
}
