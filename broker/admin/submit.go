package admin

import (
	"net/http"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
)

// submissionMax bounds the JSON of a submission: the largest body in base64,
// and room for the rest.
const submissionMax = wire.MaxBody/3*4 + 1<<20

// submit answers when the task is in the journal.
func (h *handler) submit(w http.ResponseWriter, r *http.Request) error {
	var s api.Submission
	if err := readJSON(w, r, submissionMax, &s); err != nil {
		return err
	}
	spec, err := s.Spec()
	if err != nil {
		return err
	}
	// Who submits here asks for the end when it wants to know it.
	m := &wire.Submit{Req: request, Spec: spec, Quiet: true, Body: s.Body}
	a, err := askNow[*wire.Accepted](r.Context(), h.broker, m)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, api.Submitted{ID: a.Task.String(), State: a.State.String(), Known: a.Known})
}
