package admin

import (
	"net/http"
	"time"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/answer"
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
		told, live, err := h.explainLive(r, e.Task.ID)
		if err != nil {
			return err
		}
		if live {
			return writeJSON(w, http.StatusOK, told)
		}
		if e, err = h.catalog.Get(e.Task.ID.String()); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, answer.EndedExplanation(&e.Task, time.Now().UnixMilli()))
}

func (h *handler) explainLive(r *http.Request, id journal.ID) (told api.Explanation, live bool, err error) {
	var seen broker.Explanation
	var at broker.Instant
	err = h.inspect(r.Context(), func(now broker.Instant, b *broker.Broker) {
		at = now
		seen, live = b.Explain(now, id)
	})
	if err != nil || !live {
		return told, false, err
	}
	return answer.NewExplanation(at, &seen), true, nil
}
