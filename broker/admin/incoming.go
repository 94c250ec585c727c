package admin

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// What never comes of a request's body, or hardly does, would keep the request's place for good.
// So all of it may take pauseMax and slowest for each of its bytes, and no pause in it more than
// pauseMax.
const (
	pauseMax = 30 * time.Second
	slowest  = time.Second / slowestRate

	slowestRate = 1024 // bytes a second, of the slowest line
)

// incoming reads a request's body, and fails when it comes too slowly.
type incoming struct {
	body  io.Reader
	conn  *http.ResponseController
	until time.Time // the next part has to be there
}

func newIncoming(w http.ResponseWriter, r *http.Request) *incoming {
	return &incoming{r.Body, http.NewResponseController(w), time.Now().Add(pauseMax)}
}

// Read sets no limit where the connection has none, as in tests. What comes after the body
// may take any time: by that the server sees that who asked is gone.
func (i *incoming) Read(p []byte) (int, error) {
	_ = i.conn.SetReadDeadline(i.until)
	n, err := i.body.Read(p)
	if errors.Is(err, io.EOF) {
		_ = i.conn.SetReadDeadline(time.Time{})
	}
	i.until = nextLimit(i.until, time.Now(), n)
	return n, err
}

// nextLimit tells until when the next part has to be there, after one of n bytes that had to be
// there until a time.
func nextLimit(until, now time.Time, n int) time.Time {
	until = until.Add(time.Duration(n) * slowest)
	if most := now.Add(pauseMax); until.After(most) {
		return most
	}
	return until
}
