package admin

import (
	"net/http"
	"time"

	"bcp/broker/answer"
)

// explain asks the loop why a task is where it is.
func (h *handler) explain(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	told, err := answer.Explain(h.broker.Store(), h.look(r.Context()), e.Task.ID, time.Now().UnixMilli())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, told)
}
