package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"bcp/broker/admin/api"
	"bcp/broker/server"
	"bcp/journal"
)

// kept is a store that is kept in files, of which it says what a test wants.
type kept struct {
	journal.Store
	problems []journal.Problem
	copies   int
	swaps    int
	err      error
	exports  chan chan struct{} // if there is one, it has who exports, until that is closed
}

var _ journal.Keeper = (*kept)(nil)

func (k *kept) Verify(_ context.Context, found func(journal.Problem), progress func(journal.Checked)) (journal.Checked, error) {
	for _, p := range k.problems {
		found(p)
	}
	progress(journal.Checked{Entries: 3})
	return journal.Checked{Entries: 7, Problems: uint64(len(k.problems))}, k.err
}

func (k *kept) Backup(_ context.Context, path string, progress func(journal.Copied)) error {
	k.copies++
	progress(journal.Copied{Bytes: 5, Total: 5})
	return k.err
}

func (k *kept) Compact(_ context.Context, alone func(func() error) error, told journal.Observer) (journal.Compacted, error) {
	for _, p := range k.problems {
		told.Found(p)
	}
	told.Checked(journal.Checked{Entries: 3})
	told.Copied(journal.Copied{Bytes: 5, Total: 5})
	err := alone(func() error { k.swaps++; return k.err })
	return journal.Compacted{Before: 9, After: 5, PauseUS: 1}, err
}

func (k *kept) Export(_ context.Context, want func(*journal.Entry) bool, emit func(journal.Item) error, left func(journal.Problem)) error {
	if k.exports != nil {
		over := make(chan struct{})
		k.exports <- over
		<-over
	}
	for _, p := range k.problems {
		left(p)
	}
	r := journal.Record{Kind: journal.KindSetting, Setting: &journal.Setting{Name: "a", Value: "b"}}
	return errors.Join(emit(journal.Item{Row: journal.AppendSetting(nil, &r), Setting: &r}), k.err)
}

var someProblem = journal.Problem{Bucket: "done", Task: journal.ID{15: 1}, What: "wrong"}

func TestVerifyJournal(t *testing.T) {
	r := newRig(t, &kept{Store: emptyStore(), problems: []journal.Problem{someProblem}})
	var problems []api.JournalProblem
	var last journal.Checked
	err := r.client.VerifyJournal(t.Context(), func(e api.JournalEvent) error {
		if e.Problem != nil {
			problems = append(problems, *e.Problem)
		} else {
			last = *e.Checked
		}
		return nil
	})
	want := api.JournalProblem{Bucket: "done", Task: someProblem.Task.String(), What: "wrong"}
	if err != nil || len(problems) != 1 || problems[0] != want || last.Entries != 7 || last.Problems != 1 {
		t.Errorf("problems %+v, checked %+v, %v", problems, last, err)
	}
}

// A verification, backup or export that fails half-way is no short one.
func TestJournalFails(t *testing.T) {
	r := newRig(t, &kept{Store: emptyStore(), err: fmt.Errorf("read: %w", journal.ErrCorrupt)})
	for what, err := range map[string]error{
		"verify":  r.client.VerifyJournal(t.Context(), func(api.JournalEvent) error { return nil }),
		"backup":  r.client.BackupJournal(t.Context(), api.BackupRequest{Path: "/x"}, func(api.JournalEvent) error { return nil }),
		"compact": r.client.CompactJournal(t.Context(), func(api.JournalEvent) error { return nil }),
		"export":  r.client.ExportJournal(t.Context(), api.ExportRequest{}, func(api.ExportLine) error { return nil }),
	} {
		var refused *api.Error
		if !errors.As(err, &refused) || refused.Code != api.CodeDamaged {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestCompactJournal(t *testing.T) {
	k := &kept{Store: emptyStore()}
	r := newRig(t, k)
	var all []api.JournalEvent
	err := r.client.CompactJournal(t.Context(), func(e api.JournalEvent) error { all = append(all, e); return nil })
	if err != nil || len(all) != 3 || all[0].Checked == nil || all[1].Copied == nil || all[2].Compacted == nil {
		t.Fatalf("%+v, %v", all, err)
	}
	if want := (journal.Compacted{Before: 9, After: 5, PauseUS: 1}); *all[2].Compacted != want || k.swaps != 1 {
		t.Errorf("%+v after %d swaps", *all[2].Compacted, k.swaps)
	}
	compact := func() error { return r.client.CompactJournal(t.Context(), func(api.JournalEvent) error { return nil }) }
	k.err = journal.ErrCompacting
	checkCode(t, compact(), api.CodeBusy)
	k.err = fmt.Errorf("compact: %w", server.ErrStopped)
	checkCode(t, compact(), api.CodeStopping)
}

func TestExportJournal(t *testing.T) {
	r := newRig(t, &kept{Store: emptyStore(), problems: []journal.Problem{someProblem}})
	var lines []api.ExportLine
	err := r.client.ExportJournal(t.Context(), api.ExportRequest{}, func(l api.ExportLine) error { lines = append(lines, l); return nil })
	if err != nil || len(lines) != 4 || lines[1].LeftOut == nil || lines[2].Setting != "a" ||
		lines[3].End == nil || *lines[3].End != (api.ExportEnd{Items: 1, LeftOut: 1}) {
		t.Errorf("lines %+v, %v", lines, err)
	}
	item, err := lines[2].Item()
	if err != nil || item.Setting.Setting.Value != "b" {
		t.Errorf("item %+v, %v", item, err)
	}
}

// So many exports go on at a time, and another one is told to come again.
func TestManyExports(t *testing.T) {
	k := &kept{Store: emptyStore(), exports: make(chan chan struct{})}
	r := newRig(t, k)
	export := func() error {
		return r.client.ExportJournal(t.Context(), api.ExportRequest{}, func(api.ExportLine) error { return nil })
	}
	ended := make(chan error, exportsMax)
	var all []chan struct{}
	for range exportsMax {
		go func() { ended <- export() }()
		all = append(all, <-k.exports)
	}
	checkCode(t, export(), api.CodeBusy)
	for _, over := range all {
		close(over)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// What can't be done is refused with what is accepted.
func TestJournalMistakes(t *testing.T) {
	store := &kept{Store: emptyStore(), err: fs.ErrExist}
	h := quiet(newRig(t, store).server)
	for _, test := range []struct{ target, body, says string }{
		{"backup", `{"path":"x.db"}`, "an absolute path on the broker's machine is accepted"},
		{"backup", `{}`, "an absolute path"},
		{"backup", `{"file":"/x.db"}`, "unknown field"},
		{"verify", `{"file":"/x.db"}`, "unknown field"},
		{"compact", `{"file":"/x.db"}`, "unknown field"},
		{"export", `{"filter":"state=gone"}`, "unknown state"},
	} {
		got := get(h, "POST", "/v1/journal/"+test.target, "", test.body)
		checkError(t, test.target+" "+test.body, got, 400, api.CodeBadRequest, test.says)
	}
	if store.copies != 0 {
		t.Errorf("%d backups were begun", store.copies)
	}
	got := get(h, "POST", "/v1/journal/backup", "", `{"path":"/x.db"}`).Body.String()
	if !strings.Contains(got, api.CodeBadRequest) || !strings.Contains(got, "a new name is accepted") {
		t.Errorf("backup over a file: %s", got)
	}
	h = quiet(newRig(t, emptyStore()).server)
	for _, verb := range []string{"verify", "backup", "compact", "export"} {
		checkError(t, verb, get(h, "POST", "/v1/journal/"+verb, "", "{}"), 404, api.CodeNotFound, "in memory")
	}
}

// Who has stopped reading of a job that keeps others out is cut off, the job's context ends, and
// the log says so.
func TestReaderThatHasStopped(t *testing.T) {
	var failed error
	told := unread(t, time.Hour, func(_ *handler, w http.ResponseWriter, r *http.Request) {
		hurry(w, time.Millisecond)
		e := newEvents(w)
		for e.failed == nil {
			e.found(someProblem)
		}
		<-r.Context().Done()
		failed = e.failed
	})
	if !errors.Is(failed, os.ErrDeadlineExceeded) {
		t.Errorf("%v: want that the time was over", failed)
	}
	if !strings.Contains(told, "its reader takes nothing of it") {
		t.Errorf("the log says %q", told)
	}
}
