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
		stats, s.Now, s.Disk = b.Stats(), api.Time(now.WallMS), api.DiskOf(b.Space())
	})
	if err != nil {
		return err
	}
	s.SetStats(stats)
	return writeJSON(w, http.StatusOK, s)
}

// health answers well only if the loop does. A full disk, or a lost file, is told, and no
// failure: all but new tasks goes on.
func (h *handler) health(w http.ResponseWriter, r *http.Request) error {
	health := api.Health{Status: "ok"}
	err := h.inspect(r.Context(), func(_ broker.Instant, b *broker.Broker) {
		switch s := b.Space(); {
		case s.Lost:
			health.Disk = "lost"
		case s.Full:
			health.Disk = "full"
		}
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, health)
}
