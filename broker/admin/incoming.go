package admin

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// pauseMax is how long the next part of a request's body may take, however slow the line is:
// what never comes would keep the request's place for good.
const pauseMax = 30 * time.Second

// incoming reads a request's body, and fails when nothing more of it comes for a time.
type incoming struct {
	body    io.Reader
	conn    *http.ResponseController
	patient time.Duration
}

func newIncoming(w http.ResponseWriter, r *http.Request, patient time.Duration) *incoming {
	return &incoming{r.Body, http.NewResponseController(w), patient}
}

// Read sets no limit where the connection has none, as in tests. What comes after the body
// may take any time: by that the server sees that who asked is gone.
func (i *incoming) Read(p []byte) (int, error) {
	_ = i.conn.SetReadDeadline(time.Now().Add(i.patient))
	n, err := i.body.Read(p)
	if errors.Is(err, io.EOF) {
		_ = i.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
