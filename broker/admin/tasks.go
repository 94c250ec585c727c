package admin

import (
	"net/http"

	"bcp/broker/admin/api"
	"bcp/journal"
)

func (h *handler) listTasks(w http.ResponseWriter, r *http.Request) error {
	l, err := api.ParseList(r.URL.Query())
	if err != nil {
		return err
	}
	page := &taskPage{handler: h, ctx: r.Context(), out: newStream(w)}
	end, err := h.catalog.List(r.Context(), l, page.add)
	if rest := page.flush(); err == nil {
		err = rest
	}
	return page.out.finish(end, err)
}

// countTasks counts the tasks that a filter means, by state.
func (h *handler) countTasks(w http.ResponseWriter, r *http.Request) error {
	l, err := api.ParseList(r.URL.Query())
	if err != nil {
		return err
	}
	if l.Sort != "" || l.Limit > 0 || l.Cursor != "" {
		return api.Errorf(api.CodeBadRequest, "sort, limit and cursor: none of them is accepted with a count")
	}
	counts, err := h.catalog.Count(r.Context(), l)
	if err != nil {
		return err
	}
	return writeList(w, counts)
}

// entry returns the task that the path names.
func (h *handler) entry(r *http.Request, parameters ...string) (journal.Entry, error) {
	if err := api.CheckParameters(r.URL.Query(), parameters...); err != nil {
		return journal.Entry{}, err
	}
	return h.catalog.Get(r.Context(), r.PathValue("id"))
}

func (h *handler) showTask(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	task := api.NewTask(&e.Task)
	if !e.Task.State.Ended() {
		known, err := h.volatile(r.Context(), []journal.ID{e.Task.ID})
		if err != nil {
			return err
		}
		known.AddTo(&task, e.Task.ID)
	}
	return writeJSON(w, http.StatusOK, task)
}

// listMembers lists the members of a task, with what only the loop knows of them.
func (h *handler) listMembers(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	page := &taskPage{handler: h, ctx: r.Context(), out: newStream(w)}
	err = h.catalog.Members(r.Context(), &e.Task, page.add)
	if rest := page.flush(); err == nil {
		err = rest
	}
	return page.out.finish(api.End{}, err)
}

func (h *handler) showHistory(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	return writeList(w, api.NewHistory(e.Records))
}

// showPayload answers with the bytes of a task that read returns.
func (h *handler) showPayload(read func(*journal.Task) ([]byte, error)) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		e, err := h.entry(r)
		if err != nil {
			return err
		}
		payload, err := read(&e.Task)
		if err != nil {
			return err
		}
		h.writeBytes(w, r, payload)
		return nil
	}
}
