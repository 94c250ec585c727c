package admin

import (
	"net/http"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// replay passes on what the broker tells of each task as it comes.
func (h *handler) replay(w http.ResponseWriter, r *http.Request) error {
	var what api.ReplayRequest
	if err := readJSON(w, r, bodyMax, &what); err != nil {
		return err
	}
	m := &wire.Replay{Req: request, DryRun: what.DryRun}
	for _, ref := range what.IDs {
		e, err := h.catalog.Get(r.Context(), ref)
		if err != nil {
			return err
		}
		m.Tasks = append(m.Tasks, e.Task.ID)
	}
	s := newStream(w).watched()
	err := h.broker.Ask(r.Context(), m, func(got wire.Message) (bool, error) {
		switch got := got.(type) {
		case *wire.ReplayRow:
			return false, s.item(api.NewReplayRow(got))
		case *wire.ReplayEnd:
			return true, nil
		case *wire.Refuse:
			return true, got.Err()
		}
		return false, nil
	})
	return s.finish(api.End{}, late(r.Context(), err))
}
