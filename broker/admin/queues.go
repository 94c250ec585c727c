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
	oldest, err := answer.FindOldest(h.broker.Store(), answer.Waiting(queues), 0, r.Context().Err)
	if err != nil {
		return err
	}
	s := newStream(w)
	for i := range queues {
		if err := s.item(answer.NewQueue(&queues[i], &oldest)); err != nil {
			return s.finish(api.End{}, err)
		}
	}
	return s.finish(api.End{}, nil)
}
