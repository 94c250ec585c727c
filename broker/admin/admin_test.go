package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/server"
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/worker"
)

// rig is a broker on a store in memory, with its API on a unix socket.
type rig struct {
	store    journal.Store
	server   *server.Server
	client   *api.Client
	endpoint string
	admin    string // path of the API's socket
}

// newRig starts a broker; it ends with the test.
func newRig(t *testing.T, store journal.Store) *rig {
	t.Helper()
	dir := t.TempDir()
	log := slog.New(slog.DiscardHandler)
	r := &rig{store: store, endpoint: "ipc://" + filepath.Join(dir, "broker.ipc")}
	var err error
	cfg := server.Config{Listen: []string{r.endpoint}, Core: broker.Config{ReattachGrace: time.Hour}}
	if r.server, err = server.New(cfg, store, log); err != nil {
		t.Fatal(err)
	}
	r.admin = filepath.Join(dir, "admin.sock")
	address := "unix:" + r.admin
	l, err := Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	if r.client, err = api.NewClient(address); err != nil {
		t.Fatal(err)
	}
	background(t, r.server.Run)
	h := New(r.server, log, Info{Version: "v1", Journal: "memory", Started: time.Now()})
	background(t, func(ctx context.Context) error { return Serve(ctx, l, h, log) })
	t.Cleanup(r.client.Close)
	return r
}

// background runs something until the test has ended.
func background(t testing.TB, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// work starts a worker of the service s1.
func (r *rig) work(t *testing.T, name string, h worker.Handler) {
	t.Helper()
	w, err := worker.New(worker.Config{
		Broker: r.endpoint, Name: name, Services: []string{"s1"}, Slots: 8, Handler: h, DrainTimeout: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	background(t, w.Run)
}

func (r *rig) submit(t *testing.T, s api.Submission) string {
	t.Helper()
	answer, err := r.client.Submit(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return answer.ID
}

func emptyStore() *journal.MemStore { return journal.NewMemDisk("admin").Open() }

// A task's whole life, as the API tells it.
func TestLife(t *testing.T) {
	r := newRig(t, emptyStore())
	goOn := make(chan struct{})
	r.work(t, "w1", func(_ context.Context, task *worker.Task) ([]byte, error) {
		<-goOn
		return append([]byte("did "), task.Body...), nil
	})
	id := r.submit(t, api.Submission{Service: "s1", Key: "k", Body: []byte("it")})
	_, err := r.client.Wait(t.Context(), id, time.Millisecond)
	checkCode(t, err, api.CodeTimeout)
	checkCode(t, r.client.Result(t.Context(), id, io.Discard), api.CodeNotEnded)
	var body strings.Builder
	if err := r.client.Body(t.Context(), "key=k", &body); err != nil || body.String() != "it" {
		t.Errorf("body %q, %v", body.String(), err)
	}
	close(goOn)

	task, err := r.client.Wait(t.Context(), id, 0)
	if err != nil || task.State != "done" || !task.Ended || task.Worker != "w1" || task.Attempt != 1 || task.Key != "k" {
		t.Errorf("%+v, %v", task, err)
	}
	var result strings.Builder
	if err := r.client.Result(t.Context(), id[20:], &result); err != nil || result.String() != "did it" {
		t.Errorf("result %q, %v", result.String(), err)
	}
	history, err := r.client.History(t.Context(), id)
	kinds := ""
	for _, e := range history {
		kinds += e.Kind + " " + e.Worker + " "
	}
	if err != nil || kinds != "submit  dispatch w1 start w1 end w1 " {
		t.Errorf("history %q, %v", kinds, err)
	}
	w, err := r.client.Worker(t.Context(), "w1")
	if err != nil || w.State != api.WorkerLive || w.Slots != 8 || len(w.Services) != 1 {
		t.Errorf("%+v, %v", w, err)
	}
	s, err := r.client.Status(t.Context())
	if err != nil || s.Version != "v1" || s.Tasks.Ended != 1 || s.Totals.Done != 1 || s.Workers != 1 || len(s.Endpoints) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestSubmitUnderAKey(t *testing.T) {
	r := newRig(t, emptyStore())
	s := api.Submission{Worker: "w1", Key: "k", Body: []byte("a")}
	first, err := r.client.Submit(t.Context(), s)
	if err != nil || first.Known || first.State != "pending" {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := r.client.Submit(t.Context(), s)
	if err != nil || !again.Known || again.ID != first.ID {
		t.Errorf("%+v, %v: want the task %s", again, err, first.ID)
	}
	s.Body = []byte("b")
	_, err = r.client.Submit(t.Context(), s)
	checkCode(t, err, wire.CodeKeyConflict.String())
}

// Many wait for the same end; a cancellation gives it to all of them.
func TestWaitersAreTold(t *testing.T) {
	r := newRig(t, emptyStore())
	id := r.submit(t, api.Submission{Worker: "nobody"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			task, err := r.client.Wait(t.Context(), id, 0)
			if err != nil || task.State != "canceled" || task.Cancel == nil || task.Cancel.By != "ann" || task.Cancel.Text != "why" {
				t.Errorf("%+v, %v", task, err)
			}
		})
	}
	rows := r.cancel(t, api.Change{IDs: []string{id}, By: "ann", Reason: "why"})
	if len(rows) != 1 || rows[0].Before != "pending" || rows[0].After != "canceled" || rows[0].Error != nil {
		t.Errorf("rows %+v", rows)
	}
	wg.Wait()
}

func (r *rig) cancel(t *testing.T, c api.Change) (rows []api.ChangeRow) {
	t.Helper()
	return r.change(t, api.VerbCancel, c)
}

func (r *rig) change(t *testing.T, verb api.Verb, c api.Change) (rows []api.ChangeRow) {
	t.Helper()
	err := r.client.Change(t.Context(), verb, c, func(row api.ChangeRow) error {
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A cancellation by filter takes what matches and nothing else, in order.
func TestCancelByFilter(t *testing.T) {
	r := newRig(t, emptyStore())
	var mine []string
	for range 2*changeWindow + 3 {
		mine = append(mine, r.submit(t, api.Submission{Service: "mine"}))
		r.submit(t, api.Submission{Service: "others"})
	}
	c := api.Change{Filter: &api.Filter{Service: "mine"}, By: "ann", DryRun: true}
	checkRows(t, r.cancel(t, c), mine)
	checkRows(t, r.cancel(t, c), mine) // the first one changed nothing
	c.DryRun = false
	checkRows(t, r.cancel(t, c), mine)
	if rows := r.cancel(t, c); len(rows) != 0 {
		t.Errorf("%d tasks were canceled twice", len(rows))
	}
	if n := r.count(t, api.List{}); n != len(mine) {
		t.Errorf("%d tasks are left, not those of the others", n)
	}
}

func checkRows(t *testing.T, rows []api.ChangeRow, want []string) {
	t.Helper()
	if len(rows) != len(want) {
		t.Fatalf("%d rows: want %d", len(rows), len(want))
	}
	for i, row := range rows {
		if row.ID != want[i] || row.After != "canceled" || row.Error != nil {
			t.Errorf("row %d: %+v: want %s", i, row, want[i])
		}
	}
}

func (r *rig) count(t *testing.T, l api.List) (n int) {
	t.Helper()
	end, err := r.client.Tasks(t.Context(), l, func(api.Task) error { n++; return nil })
	if err != nil || end.Items != n {
		t.Errorf("%d items, end %+v, %v", n, end, err)
	}
	return n
}

// What is held by a filter is what a plan of it says, and is released likewise.
func TestHoldAndRelease(t *testing.T) {
	r := newRig(t, emptyStore())
	first := r.submit(t, api.Submission{Service: "s1", Options: api.Options{Spec: journal.Spec{Hold: true}}})
	second := r.submit(t, api.Submission{Service: "s1"})
	ended := r.submit(t, api.Submission{Service: "s1"})
	r.cancel(t, api.Change{IDs: []string{ended}, By: "ann"})
	filter := &api.Filter{Service: "s1"}

	r.checkHeld(t, api.VerbHold, api.Change{Filter: filter, By: "ann", DryRun: true}, true, second)
	r.checkHeld(t, api.VerbHold, api.Change{Filter: filter, By: "ann", Reason: "not yet"}, true, second)
	r.checkHeld(t, api.VerbHold, api.Change{Filter: filter, By: "ann"}, true)
	r.checkHeld(t, api.VerbHold, api.Change{IDs: []string{second}, By: "ann"}, true, second)
	if n := r.count(t, api.List{Filter: api.Filter{Held: true}}); n != 2 {
		t.Errorf("%d tasks are listed as held, want 2", n)
	}
	r.checkHeld(t, api.VerbRelease, api.Change{IDs: []string{first}, By: "ann", DryRun: true}, false, first)
	r.checkHeld(t, api.VerbRelease, api.Change{Filter: filter, By: "bob"}, false, first, second)
	for _, dryRun := range []bool{true, false} {
		rows := r.change(t, api.VerbHold, api.Change{IDs: []string{ended}, By: "ann", DryRun: dryRun})
		if len(rows) != 1 || rows[0].Error == nil || rows[0].Error.Code != api.CodeNotAllowed {
			t.Errorf("hold of a task that has ended (dry run %v): %+v", dryRun, rows)
		}
	}
	history, err := r.client.History(t.Context(), second)
	if err != nil || len(history) != 3 || history[1].Kind != "hold" || history[1].Text != "not yet" || history[2].Kind != "release" || history[2].By != "bob" {
		t.Errorf("history %+v, %v", history, err)
	}
}

// A plan of what is changed to the broker's defaults knows these.
func TestPlanOfDefaults(t *testing.T) {
	r := newRig(t, emptyStore())
	id := r.submit(t, api.Submission{Service: "s1"})
	for _, dryRun := range []bool{true, false} {
		rows := r.change(t, api.VerbEdit, api.Change{IDs: []string{id}, By: "ann", DryRun: dryRun, Edit: &api.Edit{Clear: []string{"loss-max"}}})
		if len(rows) != 1 || rows[0].Error != nil || len(rows[0].Changes) != 0 {
			t.Errorf("loss-max is the default (dry run %v): %+v", dryRun, rows)
		}
	}
}

func (r *rig) checkHeld(t *testing.T, verb api.Verb, c api.Change, held bool, want ...string) {
	t.Helper()
	rows := r.change(t, verb, c)
	if len(rows) != len(want) {
		t.Fatalf("%s %+v: %+v, want %d rows", verb, c, rows, len(want))
	}
	for i, row := range rows {
		if row.ID != want[i] || row.After != "pending" || row.Held != held || row.Error != nil {
			t.Errorf("%s: row %+v, want %s", verb, row, want[i])
		}
	}
}

// A task says until when it waits, and its history for how long.
func TestDelays(t *testing.T) {
	r := newRig(t, emptyStore())
	later := api.TimeOf(time.Now().Add(time.Hour))
	id := r.submit(t, api.Submission{Service: "s1", Options: api.Options{Spec: journal.Spec{NotBeforeMS: int64(later), Priority: 7}}})
	task, err := r.client.Task(t.Context(), id)
	if err != nil || task.NotBeforeAt != later || task.Options.Priority != 7 {
		t.Errorf("%+v, %v", task, err)
	}
	r.submit(t, api.Submission{Service: "s2"})
	if n := r.count(t, api.List{Filter: api.Filter{Delayed: true}}); n != 1 {
		t.Errorf("%d tasks are listed as delayed, want 1", n)
	}
	r.work(t, "w1", func(context.Context, *worker.Task) ([]byte, error) { return nil, errors.New("no") })
	failing := r.submit(t, api.Submission{Service: "s1", Options: api.Options{Spec: journal.Spec{Tries: 2, RetryDelayMS: 20}}})
	if _, err := r.client.Wait(t.Context(), failing, 0); err != nil {
		t.Fatal(err)
	}
	history, err := r.client.History(t.Context(), failing)
	if err != nil || len(history) < 4 || history[3].Kind != "requeue" || history[3].DelayMS != 20 {
		t.Errorf("history %+v, %v", history, err)
	}
}

// What can't be canceled is told in its place, and the others are canceled.
func TestCancelTellsEachRow(t *testing.T) {
	r := newRig(t, emptyStore())
	first, second := r.submit(t, api.Submission{Worker: "w"}), r.submit(t, api.Submission{Worker: "w"})
	rows := r.cancel(t, api.Change{IDs: []string{first, "ZZZZ", second, first}, By: "ann"})
	if len(rows) != 4 || rows[1].Error == nil || rows[1].Error.Code != api.CodeUnknownTask || rows[1].ID != "ZZZZ" {
		t.Fatalf("rows %+v", rows)
	}
	for i, id := range map[int]string{0: first, 2: second, 3: first} {
		if rows[i].ID != id || rows[i].After != "canceled" || rows[i].Error != nil {
			t.Errorf("row %d: %+v", i, rows[i])
		}
	}
}

// Replay asks the worker: what it runs goes on, and pending tasks are planned.
func TestReplay(t *testing.T) {
	r := newRig(t, emptyStore())
	started := make(chan struct{})
	r.work(t, "w1", func(ctx context.Context, _ *worker.Task) ([]byte, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	running := r.submit(t, api.Submission{Service: "s1"})
	<-started
	pending := r.submit(t, api.Submission{Worker: "nobody"})
	rows := map[string]api.ReplayRow{}
	err := r.client.Replay(t.Context(), api.ReplayRequest{}, func(row api.ReplayRow) error {
		rows[row.ID] = row
		return nil
	})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%+v, %v", rows, err)
	}
	if row := rows[running]; row.Worker != "w1" || row.After != "running" || row.Said == "" || row.Action == "" {
		t.Errorf("running: %+v", row)
	}
	if row := rows[pending]; row.Before != "pending" || row.After != "pending" || row.Action == "" {
		t.Errorf("pending: %+v", row)
	}
	err = r.client.Replay(t.Context(), api.ReplayRequest{IDs: []string{"ZZZZ"}}, func(api.ReplayRow) error { return nil })
	checkCode(t, err, api.CodeUnknownTask)
}

func TestHealth(t *testing.T) {
	r := newRig(t, emptyStore())
	h := quiet(r.server)
	if got := get(h, http.MethodGet, "/healthz", "", ""); got.Code != http.StatusOK || got.Body.String() != "{\"status\":\"ok\"}\n" {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// A disk that is full is told, and no failure of the broker; a task that is refused
// for it has a code of its own.
func TestFullDisk(t *testing.T) {
	disk := journal.NewMemDisk("full")
	disk.SetRoom(journal.Room{Free: 3 << 20, Whole: 2 << 20, Reserve: 4 << 20})
	r := newRig(t, disk.Open())
	h := quiet(r.server)
	if got := get(h, http.MethodGet, "/healthz", "", ""); got.Code != http.StatusOK || got.Body.String() != "{\"status\":\"ok\",\"disk\":\"full\"}\n" {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if s, err := r.client.Status(t.Context()); err != nil || *s.Disk != (api.Disk{Free: 3 << 20, Kept: 4 << 20, Full: true}) {
		t.Errorf("%+v, %v", s.Disk, err)
	}
	_, err := r.client.Submit(t.Context(), api.Submission{Service: "s1"})
	checkCode(t, err, wire.CodeDiskFull.String())
	if got := get(h, http.MethodPost, "/v1/tasks", "", `{"service":"s1"}`); got.Code != http.StatusInsufficientStorage {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// A broker that has stopped is told as such, not waited for.
func TestStopped(t *testing.T) {
	s, err := server.New(server.Config{Listen: []string{"ipc://" + filepath.Join(t.TempDir(), "b.ipc")}}, emptyStore(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	h := quiet(s)
	for _, path := range []string{"/healthz", "/v1/status", "/v1/workers"} {
		if got := get(h, http.MethodGet, path, "", ""); got.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
}

func checkCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *api.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%v: want code %s", err, code)
	}
}
