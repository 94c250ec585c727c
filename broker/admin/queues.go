package admin

import (
	"net/http"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/answer"
)

// listQueues tells what waits and runs for each service and worker.
func (h *handler) listQueues(w http.ResponseWriter, r *http.Request) error {
	if err := api.CheckParameters(r.URL.Query()); err != nil {
		return err
	}
	var queues []broker.QueueInfo
	err := h.inspect(r.Context(), func(now broker.Instant, b *broker.Broker) { queues = b.Queues(now) })
	if err != nil {
		return err
	}
	oldest, err := answer.FindOldest(h.broker.Store(), queues, 0, r.Context().Err)
	if err != nil {
		return err
	}
	list := make([]api.Queue, 0, len(queues))
	for i := range queues {
		list = append(list, answer.NewQueue(&queues[i], &oldest))
	}
	return writeList(w, list)
}
