package admin

import (
	"net/http"

	"bcp/broker/admin/api"
	"bcp/broker/admin/catalog"
	"bcp/broker/answer"
	"bcp/journal"
)

func (h *handler) listTasks(w http.ResponseWriter, r *http.Request) error {
	l, err := api.ParseList(r.URL.Query())
	if err != nil {
		return err
	}
	page := h.newTaskPage(w, r)
	end, err := h.catalog.List(r.Context(), l, page.add)
	return page.finish(end, err)
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
	shown, err := answer.ShowTasks(h.look(r.Context()), []journal.Task{e.Task})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, shown[0])
}

// listMembers lists the members of a task, with what only the loop knows of them.
func (h *handler) listMembers(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	page := h.newTaskPage(w, r)
	return page.finish(api.End{}, h.catalog.Members(r.Context(), &e.Task, page.add))
}

func (h *handler) showHistory(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	return writeList(w, api.NewHistory(e.Records))
}

// showPayload answers with the bytes of a task that open returns.
func (h *handler) showPayload(open func(*journal.Task) (catalog.Payload, error)) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		e, err := h.entry(r)
		if err != nil {
			return err
		}
		payload, err := open(&e.Task)
		if err != nil {
			return err
		}
		defer payload.Close()
		h.writeBytes(w, r, payload, payload.Size)
		return nil
	}
}
