package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/journal"
)

// quiet is the handler of a broker's API that logs nothing.
func quiet(b Broker) http.Handler { return New(b, slog.New(slog.DiscardHandler), Info{}) }

// get asks a handler, with a body of JSON if there is one.
func get(h http.Handler, method, target, host, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if r.Host = "localhost"; host != "" {
		r.Host = host
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// Every mistake is answered with JSON that says what was wrong and what is
// accepted.
func TestMistakes(t *testing.T) {
	r := newRig(t, emptyStore())
	h := quiet(r.server)
	for _, test := range []struct {
		method, target, body string
		status               int
		code, says           string
	}{
		{"GET", "/", "", 404, "not-found", "under /v1"},
		{"GET", "/v1/nothing", "", 404, "not-found", "/v1/nothing"},
		{"DELETE", "/v1/tasks", "", 405, "method-not-allowed", "GET or POST is accepted"},
		{"GET", "/v1/replay", "", 405, "method-not-allowed", "POST is accepted"},
		{"GET", "/v1/tasks?stat=running", "", 400, "bad-request", "unknown parameter"},
		{"GET", "/v1/tasks?state=gone", "", 400, "bad-request", "use one of pending"},
		{"GET", "/v1/tasks?sort=size", "", 400, "bad-request", "one of submitted"},
		{"GET", "/v1/tasks?cursor=x", "", 400, "bad-request", "cursor"},
		{"GET", "/v1/status?x=1", "", 400, "bad-request", "none is accepted"},
		{"GET", "/v1/tasks?filter=key%", "", 400, "bad-request", `query: invalid URL escape "%": `},
		{"GET", "/v1/tasks?filter=key=a;b", "", 400, "bad-request", "query: invalid semicolon separator in query: "},
		{"GET", "/v1/tasks/xx", "", 400, "bad-request", "ULID of 26 characters"},
		{"GET", "/v1/tasks/ZZZZ", "", 404, "unknown-task", "ZZZZ"},
		{"GET", "/v1/tasks/01KG9MA8G00000000000000000/history", "", 404, "unknown-task", "01KG9MA8G00000000000000000"},
		{"GET", "/v1/tasks/01KG9MA8G00000000000000000/wait?timeout_ms=0", "", 404, "unknown-task", "01KG9"},
		{"GET", "/v1/profile", "", 400, "bad-request", "1 to 300 is accepted"},
		{"GET", "/v1/profile?seconds=301", "", 400, "bad-request", "1 to 300 is accepted"},
		{"GET", "/v1/workers/nobody", "", 404, "unknown-worker", "nobody"},
		{"POST", "/v1/tasks", "", 400, "bad-request", "application/json is accepted"},
		{"POST", "/v1/tasks", "{", 400, "bad-request", "request body"},
		{"POST", "/v1/tasks", `{"service":"s","key":"a","key":"b"}`, 400, "bad-request", "request body: key: it is given twice: once is accepted"},
		{"POST", "/v1/tasks", "{\"service\":\"s\",\"key\":\"k\xe4\"}", 400, "bad-request", "request body: key: it is not UTF-8"},
		{"POST", "/v1/tasks", `{"service":"s","key":"\ud800"}`, 400, "bad-request", "request body: key: it has half of a character"},
		{"POST", "/v1/tasks", "{}{}", 400, "bad-request", "nothing after it"},
		{"POST", "/v1/tasks", `{"servic":"s"}`, 400, "bad-request", "servic"},
		{"POST", "/v1/tasks", `{}`, 400, "bad-request", "exactly one of worker and service"},
		{"POST", "/v1/tasks", `{"worker":"a b"}`, 400, "bad-name", "printable UTF-8"},
		{"POST", "/v1/tasks", `{"worker":"w","options":{"tries":9999}}`, 400, "bad-option", "1 to 1000"},
		{"POST", "/v1/tasks/cancel?dry_run=true", `{"by":"ann","all":true}`, 400, "bad-request", `unknown parameter "dry_run": none is accepted here`},
		{"POST", "/v1/tasks/cancel", `{"by":"ann"}`, 400, "bad-request", "exactly one of ids, filter and all"},
		{"POST", "/v1/tasks/cancel", `{"by":"ann","filter":{"worker":"w"},"all":true}`, 400, "bad-request", "exactly one of ids, filter and all"},
		{"POST", "/v1/tasks/cancel", `{"by":"ann","filter":{}}`, 400, "bad-request", "it is empty"},
		{"POST", "/v1/tasks/cancel", `{"by":"ann","filter":{"filter":" "}}`, 400, "bad-request", "it is empty"},
		{"POST", "/v1/tasks/cancel", `{"ids":["01JD"]}`, 400, "bad-request", "who asks"},
		{"POST", "/v1/tasks/cancel", `{"by":"ann","filter":{"all":true}}`, 400, "bad-request", "have ended"},
		{"POST", "/v1/tasks/cancel", `{"by":"ann","filter":{"states":["done"]}}`, 400, "bad-request", "pending, dispatched, running, canceling is accepted"},
		{"POST", "/v1/tasks/hold", `{"by":"ann","filter":{"states":["dispatched"]}}`, 400, "bad-request", "nothing to hold then; pending, running is accepted"},
		{"POST", "/v1/tasks/release", `{"ids":["01JD"],"by":"ann","why":"x"}`, 400, "bad-request", "unknown field"},
		{"POST", "/v1/tasks/edit", `{"by":"ann","all":true,"edit":{"tries":3}}`, 400, "bad-request", `unknown field "tries", which is accepted in edit.options`},
		{"POST", "/v1/tasks", `{"service":"s","tries":3}`, 400, "bad-request", `unknown field "tries", which is accepted in options`},
		{"POST", "/v1/batches", `{"tasks":[{"service":"s","tries":3}]}`, 400, "bad-request", `task 1: unknown field "tries", which is accepted in options`},
		{"POST", "/v1/tasks/cancel", `{"by":"ann","ids":["` + strings.Repeat("x", bodyMax) + `"]}`, 413, "too-large", "at most"},
		{"POST", "/v1/replay", `{"ids":["ZZZZ"]}`, 404, "unknown-task", "ZZZZ"},
	} {
		got := get(h, test.method, test.target, "", test.body)
		checkError(t, test.method+" "+test.target, got, test.status, test.code, test.says)
	}
}

func checkError(t *testing.T, what string, got *httptest.ResponseRecorder, status int, code, says string) {
	t.Helper()
	var e api.Error
	if err := json.Unmarshal(got.Body.Bytes(), &e); err != nil {
		t.Errorf("%s: %d %q: not JSON", what, got.Code, got.Body)
		return
	}
	if got.Code != status || e.Code != code || !strings.Contains(e.Message, says) {
		t.Errorf("%s: %d %+v: want %d, %s and %q", what, got.Code, e, status, code, says)
	}
}

// Why an answer breaks off is in the log, for who reads it can only know that it does.
func TestPayloadThatCanNotBeReadOn(t *testing.T) {
	var log strings.Builder
	h := &handler{log: slog.New(slog.NewTextHandler(&log, nil))}
	h.writeBytes(httptest.NewRecorder(), httptest.NewRequest("GET", "/v1/tasks/01J/body", nil), iotest.ErrReader(journal.ErrCorrupt), 10)
	if !strings.Contains(log.String(), "path=/v1/tasks/01J/body error=") || !strings.Contains(log.String(), journal.ErrCorrupt.Error()) {
		t.Errorf("the log says %q", log.String())
	}
}

// A page of another host that a browser on this machine shows can't get in.
func TestForeignHosts(t *testing.T) {
	r := newRig(t, emptyStore())
	h := quiet(r.server)
	for host, status := range map[string]int{
		"localhost": 200, "localhost:80": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200, "[::1]": 200,
		"example.com": 403, "example.com:80": 403, "127.0.0.1.example.com": 403, "192.0.2.1:80": 403,
	} {
		if got := get(h, http.MethodGet, "/v1/status", host, ""); got.Code != status {
			t.Errorf("%s: %d: want %d", host, got.Code, status)
		}
	}
	form := httptest.NewRequest(http.MethodPost, "http://localhost/v1/tasks", strings.NewReader(`{"worker":"w"}`))
	form.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, form)
	checkError(t, "a form", w, 400, api.CodeBadRequest, "application/json")
}

// failedBroker is a broker whose journal has failed.
type failedBroker struct{ Broker }

func (failedBroker) Ask(context.Context, wire.Message, func(wire.Message) (bool, error)) error {
	return server.ErrFailed
}

// A broker that has failed is away, and not one that refused.
func TestFailedBroker(t *testing.T) {
	r := newRig(t, emptyStore())
	id := r.submit(t, api.Submission{Worker: "nobody"})
	h := quiet(failedBroker{r.server})
	checkError(t, "wait", get(h, http.MethodGet, "/v1/tasks/"+id+"/wait", "", ""), 503, api.CodeFailed, "unknown")
	checkError(t, "submit", get(h, http.MethodPost, "/v1/tasks", "", `{"worker":"w"}`), 503, api.CodeFailed, "unknown")
}

// However many wait for tasks, others are served.
func TestTooManyWaits(t *testing.T) {
	r := newRig(t, emptyStore())
	id := r.submit(t, api.Submission{Worker: "nobody"})
	h := quiet(r.server)
	var waiting sync.WaitGroup
	for range waitsMax {
		waiting.Go(func() {
			for get(h, http.MethodGet, "/v1/tasks/"+id+"/wait", "", "").Code == http.StatusServiceUnavailable {
			} // the one more has the last place for now
		})
	}
	refused := get(h, http.MethodGet, "/v1/tasks/"+id+"/wait?timeout_ms=1", "", "")
	for refused.Code == http.StatusGatewayTimeout { // not all of them are there
		refused = get(h, http.MethodGet, "/v1/tasks/"+id+"/wait?timeout_ms=1", "", "")
	}
	checkError(t, "one more", refused, 503, api.CodeBusy, "try again")
	for _, path := range []string{"/healthz", "/v1/status", "/v1/tasks", "/v1/tasks/" + id} {
		if got := get(h, http.MethodGet, path, "", ""); got.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	r.cancel(t, api.Change{IDs: []string{id}, By: "ann"})
	waiting.Wait()
}

// stuckBroker is a broker whose loop is busy until the test lets it go on.
type stuckBroker struct {
	Broker
	asked, goOn chan struct{}
}

func (s stuckBroker) Inspect(context.Context, func(broker.Instant, *broker.Broker)) error {
	s.asked <- struct{}{}
	<-s.goOn
	return nil
}

// Who asks how the broker is waits for its loop as others do: there is a limit.
func TestTooManyProbes(t *testing.T) {
	stuck := stuckBroker{newRig(t, emptyStore()).server, make(chan struct{}), make(chan struct{})}
	h := quiet(stuck)
	var probing sync.WaitGroup
	for range probesMax {
		probing.Go(func() { get(h, http.MethodGet, "/healthz", "", "") })
		<-stuck.asked
	}
	for _, path := range []string{"/healthz", "/v1/status"} {
		checkError(t, path, get(h, http.MethodGet, path, "", ""), 503, api.CodeBusy, "try again")
	}
	if got := get(h, http.MethodGet, "/v1/tasks/count", "", ""); got.Code == http.StatusServiceUnavailable {
		t.Errorf("another request: %d %s", got.Code, got.Body)
	}
	close(stuck.goOn)
	probing.Wait()
}

func TestTooManyRequests(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	own := &handler{log: slog.New(slog.DiscardHandler)}
	h := own.mux(within(1, []route{{"/v1/x", http.MethodGet, func(http.ResponseWriter, *http.Request) error {
		entered <- struct{}{}
		<-leave
		return nil
	}}}))
	left := make(chan struct{})
	go func() {
		get(h, http.MethodGet, "/v1/x", "", "")
		close(left)
	}()
	<-entered
	checkError(t, "second request", get(h, http.MethodGet, "/v1/x", "", ""), 503, api.CodeBusy, "try again")
	close(leave)
	<-left
	go func() { <-entered }()
	if got := get(h, http.MethodGet, "/v1/x", "", ""); got.Code != http.StatusOK {
		t.Errorf("%d after the first has left", got.Code)
	}
}

// damaged is a store whose scans fail after some pages.
type damaged struct {
	journal.Store
	pages int
}

func (d *damaged) Scan(r journal.Range, fn func(journal.Entry) error) (bool, error) {
	if d.pages--; d.pages < 0 {
		return false, fmt.Errorf("row of task X: %w", journal.ErrCorrupt)
	}
	return d.Store.Scan(r, fn)
}

// damagedBroker is a broker on a store that goes bad while it is read.
type damagedBroker struct {
	Broker
	store journal.Store
}

func (b damagedBroker) Store() journal.Store { return b.store }

// A list that fails half-way, far beyond what is buffered, ends with the error;
// one that fails before its first item has it as its status.
func TestListEndsWithItsError(t *testing.T) {
	const tasks = 1000
	r := newRig(t, emptyStore())
	for range tasks {
		r.submit(t, api.Submission{Worker: "nobody", Argv: []string{strings.Repeat("x", 100)}})
	}
	if n := r.count(t, api.List{}); n != tasks {
		t.Errorf("%d tasks are listed", n)
	}
	for pages := range 5 {
		b := damagedBroker{r.server, &damaged{r.store, pages}}
		h := quiet(b)
		s := httptest.NewServer(h)
		c, err := api.NewClient(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		items := 0
		_, err = c.Tasks(t.Context(), api.List{}, func(api.Task) error { items++; return nil })
		checkCode(t, err, api.CodeDamaged)
		if items != pages*tasks/5 {
			t.Errorf("%d items after %d pages", items, pages)
		}
		c.Close()
		s.Close()
	}
	got := get(quiet(damagedBroker{r.server, &damaged{r.store, 0}}), http.MethodGet, "/v1/tasks", "", "")
	checkError(t, "the first page", got, 500, api.CodeDamaged, "journal is damaged")
}

// Whoever stops reading a list ends it, and holds nothing up.
func TestListThatNobodyReads(t *testing.T) {
	r := newRig(t, emptyStore())
	for range 300 {
		r.submit(t, api.Submission{Worker: "nobody"})
	}
	_, err := r.client.Tasks(t.Context(), api.List{}, func(api.Task) error { return io.ErrClosedPipe })
	if err == nil {
		t.Error("the reader's error is lost")
	}
	if n := r.count(t, api.List{}); n != 300 {
		t.Errorf("%d tasks are listed afterwards", n)
	}
}
