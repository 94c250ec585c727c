package admin

import (
	"net/http"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/journal"
)

// explain asks the loop why a task is where it is. One that ends meanwhile is
// read again: what the loop has seen is in the journal by then.
func (h *handler) explain(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	for !e.Task.State.Ended() {
		answer, live, err := h.explainLive(r, e.Task.ID)
		if err != nil {
			return err
		}
		if live {
			return writeJSON(w, http.StatusOK, answer)
		}
		if e, err = h.catalog.Get(e.Task.ID.String()); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, api.EndedExplanation(&e.Task))
}

func (h *handler) explainLive(r *http.Request, id journal.ID) (answer api.Explanation, live bool, err error) {
	var seen broker.Explanation
	var at broker.Instant
	err = h.inspect(r.Context(), func(now broker.Instant, b *broker.Broker) {
		at = now
		seen, live = b.Explain(now, id)
	})
	if err != nil || !live {
		return answer, false, err
	}
	return api.NewExplanation(at, &seen), true, nil
}
