package admin

import (
	"net/http"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// submissionMax bounds the JSON of a submission: the largest body in base64,
// and room for the rest.
const submissionMax = wire.MaxBody/3*4 + 1<<20

// batchMax bounds that of a batch, whose bodies are no larger together, with room
// for what is asked for with its tasks: JSON takes more than BCP/2.
const batchMax = wire.MaxBody/3*4 + 4*wire.MaxBatchHead

// submit answers when the task is in the journal.
func (h *handler) submit(w http.ResponseWriter, r *http.Request) error {
	var s api.Submission
	if err := readJSON(w, r, submissionMax, &s); err != nil {
		return err
	}
	m, err := s.Submit(h.lookup)
	if err != nil {
		return err
	}
	m.Req = request
	a, err := askNow[*wire.Accepted](r.Context(), h.broker, m)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, api.NewSubmitted(a))
}

// submitBatch answers when all tasks of a batch are in the journal.
func (h *handler) submitBatch(w http.ResponseWriter, r *http.Request) error {
	var b api.Batch
	if err := readJSON(w, r, batchMax, &b); err != nil {
		return err
	}
	submits, err := b.Submits(h.lookup)
	if err != nil {
		return err
	}
	m := &wire.SubmitBatch{Req: request, Submits: submits}
	a, err := askNow[*wire.BatchAccepted](r.Context(), h.broker, m)
	if err != nil {
		return api.BatchError(err)
	}
	answer := api.BatchSubmitted{Tasks: make([]api.Submitted, len(a.Accepted))}
	for i := range a.Accepted {
		answer.Tasks[i] = api.NewSubmitted(&a.Accepted[i])
	}
	return writeJSON(w, http.StatusOK, answer)
}

// lookup finds a task by its key. Who has the answer to its submit finds it: the
// answer comes after the commit.
func (h *handler) lookup(key string) (journal.ID, error) {
	id, ok, err := h.broker.Store().ByKey(key)
	if err == nil && !ok {
		err = journal.ErrNotFound
	}
	return id, err
}
