package admin

import (
	"encoding/hex"
	"net/http"

	"bcp/broker"
	"bcp/broker/admin/api"
)

func (h *handler) status(w http.ResponseWriter, r *http.Request) error {
	if err := api.CheckParameters(r.URL.Query()); err != nil {
		return err
	}
	meta := h.broker.Store().Meta()
	s := api.Status{
		Version: h.info.Version, Journal: h.info.Journal, StartedAt: api.TimeOf(h.info.Started),
		Broker: hex.EncodeToString(meta.Broker[:]), Epoch: meta.Epoch, Schema: meta.Schema,
		Endpoints: append([]string{}, h.broker.Endpoints()...),
	}
	s.Tasks.Ended = meta.Ended
	var stats broker.Stats
	err := h.inspect(r.Context(), func(now broker.Instant, b *broker.Broker) {
		stats, s.Now = b.Stats(), api.Time(now.WallMS)
	})
	if err != nil {
		return err
	}
	s.SetStats(stats)
	return writeJSON(w, http.StatusOK, s)
}

// health answers well only if the loop does.
func (h *handler) health(w http.ResponseWriter, r *http.Request) error {
	if err := h.inspect(r.Context(), func(broker.Instant, *broker.Broker) {}); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, api.Health{Status: "ok"})
}
