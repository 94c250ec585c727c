package admin

import (
	"net/http"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/answer"
)

// workers asks the loop for all workers, by name.
func (h *handler) workers(r *http.Request) ([]api.Worker, error) {
	if err := api.CheckParameters(r.URL.Query()); err != nil {
		return nil, err
	}
	var known []broker.WorkerInfo
	var nowMS int64
	err := h.inspect(r.Context(), func(now broker.Instant, b *broker.Broker) {
		known, nowMS = b.Workers(now), now.WallMS
	})
	workers := make([]api.Worker, 0, len(known))
	for i := range known {
		workers = append(workers, answer.NewWorker(&known[i], nowMS))
	}
	return workers, err
}

func (h *handler) listWorkers(w http.ResponseWriter, r *http.Request) error {
	workers, err := h.workers(r)
	if err != nil {
		return err
	}
	return writeList(w, workers)
}

func (h *handler) showWorker(w http.ResponseWriter, r *http.Request) error {
	workers, err := h.workers(r)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	for _, worker := range workers {
		if worker.Name == name {
			return writeJSON(w, http.StatusOK, worker)
		}
	}
	return api.Errorf(api.CodeUnknownWorker, "no worker %q is known", name)
}
