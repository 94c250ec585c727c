package admin

import (
	"errors"
	"net/http"
	"strconv"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/journal"
)

func (h *handler) listTasks(w http.ResponseWriter, r *http.Request) error {
	l, err := api.ParseList(r.URL.Query())
	if err != nil {
		return err
	}
	s := newStream(w)
	end, err := h.catalog.List(r.Context(), l, func(t *journal.Task) error {
		return s.item(api.NewTask(t))
	})
	return s.finish(end, err)
}

// entry returns the task that the path names.
func (h *handler) entry(r *http.Request, parameters ...string) (journal.Entry, error) {
	if err := api.CheckParameters(r.URL.Query(), parameters...); err != nil {
		return journal.Entry{}, err
	}
	return h.catalog.Get(r.PathValue("id"))
}

func (h *handler) showTask(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	task := api.NewTask(&e.Task)
	if e.Task.Active() {
		if task.Progress, err = h.progress(r, e.Task.ID); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, task)
}

// progress asks the loop for the last word of a running attempt.
func (h *handler) progress(r *http.Request, id journal.ID) (progress *api.Progress, err error) {
	err = h.inspect(r.Context(), func(_ broker.Instant, b *broker.Broker) {
		if p, ok := b.Progress(id); ok {
			progress = &api.Progress{Fraction: p.Fraction, Text: p.Text}
		}
	})
	return progress, err
}

func (h *handler) showHistory(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	s := newStream(w)
	for _, entry := range api.NewHistory(e.Records) {
		if err := s.item(entry); err != nil {
			return s.finish(api.End{}, err)
		}
	}
	return s.finish(api.End{}, nil)
}

func (h *handler) showResult(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	result, err := h.catalog.Result(&e.Task)
	if err != nil {
		return err
	}
	setHeaders(w, "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(result)))
	if _, err := w.Write(result); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
		h.log.Debug("result not delivered", "task", e.Task.ID, "error", err)
	}
	return nil
}
