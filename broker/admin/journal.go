package admin

import (
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"bcp/broker/admin/api"
	"bcp/journal"
)

// keeper returns the journal as files, and the request's body in what.
func (h *handler) keeper(w http.ResponseWriter, r *http.Request, what any) (journal.Keeper, error) {
	keeper, ok := h.broker.Store().(journal.Keeper)
	if !ok {
		return nil, api.Errorf(api.CodeNotFound, "the broker's journal is in memory, and has no files")
	}
	return keeper, readJSON(w, r, bodyMax, what)
}

// events is a stream of what is found and how far something is. What is found is
// told at once, and how far it is now and then.
type events struct {
	*stream
	mu     sync.Mutex
	next   time.Time
	failed error
}

// eventsEvery is how often it is told how far something is.
const eventsEvery = 200 * time.Millisecond

func newEvents(w http.ResponseWriter) *events { return &events{stream: newStream(w).watched()} }

func (e *events) tell(event api.JournalEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failed == nil {
		e.failed = e.item(event)
	}
}

func (e *events) found(p journal.Problem) {
	problem := api.NewJournalProblem(p)
	e.tell(api.JournalEvent{Problem: &problem})
}

// due tells whether to tell how far it is.
func (e *events) due() bool {
	now := time.Now()
	if now.Before(e.next) {
		return false
	}
	e.next = now.Add(eventsEvery)
	return true
}

func (e *events) checked(c journal.Checked) {
	if e.due() {
		e.tell(api.JournalEvent{Checked: &c})
	}
}

func (e *events) copied(c journal.Copied) {
	if c.Bytes == c.Total || e.due() {
		e.tell(api.JournalEvent{Copied: &c})
	}
}

func (h *handler) verifyJournal(w http.ResponseWriter, r *http.Request) error {
	keeper, err := h.keeper(w, r, &struct{}{})
	if err != nil {
		return err
	}
	e := newEvents(w)
	checked, err := keeper.Verify(r.Context(), e.found, e.checked)
	if err == nil {
		e.tell(api.JournalEvent{Checked: &checked})
	}
	return e.finish(api.End{}, err)
}

func (h *handler) backupJournal(w http.ResponseWriter, r *http.Request) error {
	var what api.BackupRequest
	keeper, err := h.keeper(w, r, &what)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(what.Path) {
		return api.Errorf(api.CodeBadRequest, "path %q: an absolute path on the broker's machine is accepted", what.Path)
	}
	hurry(w, hurriedMax)
	e := newEvents(w)
	err = keeper.Backup(r.Context(), what.Path, e.copied)
	if errors.Is(err, fs.ErrExist) {
		err = api.Errorf(api.CodeBadRequest, "path %s: there is a file of that name; a new name is accepted", what.Path)
	}
	return e.finish(api.End{}, err)
}

func (h *handler) compactJournal(w http.ResponseWriter, r *http.Request) error {
	keeper, err := h.keeper(w, r, &struct{}{})
	if err != nil {
		return err
	}
	hurry(w, hurriedMax)
	e := newEvents(w)
	alone := func(fn func() error) error { return h.broker.Alone(r.Context(), fn) }
	done, err := keeper.Compact(r.Context(), alone, journal.Observer{Found: e.found, Checked: e.checked, Copied: e.copied})
	if err == nil {
		h.log.Info("journal is compacted", "before", done.Before, "after", done.After, "pause", time.Duration(done.PauseUS)*time.Microsecond)
		e.tell(api.JournalEvent{Compacted: &done})
	}
	return e.finish(api.End{}, late(r.Context(), err))
}

func (h *handler) exportJournal(w http.ResponseWriter, r *http.Request) error {
	var what api.ExportRequest
	keeper, err := h.keeper(w, r, &what)
	if err != nil {
		return err
	}
	want, err := what.Want()
	if err != nil {
		return err
	}
	hurry(w, hurriedMax)
	s := newStream(w)
	end := api.ExportEnd{}
	err = s.item(api.ExportHead(h.broker.Store().Meta().Broker))
	if err == nil {
		err = keeper.Export(r.Context(), want, func(i journal.Item) error {
			end.Items++
			return s.item(api.NewExportLine(i))
		}, func(p journal.Problem) {
			end.LeftOut++
			problem := api.NewJournalProblem(p)
			_ = s.item(api.ExportLine{LeftOut: &problem}) // who doesn't read is known by the next item
		})
	}
	if err == nil {
		err = s.item(api.ExportLine{End: &end})
	}
	return s.finish(api.End{}, err)
}
