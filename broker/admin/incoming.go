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

// incoming reads a request's body, and fails when it comes too slowly. How long its reader takes
// for what has come is not its fault.
type incoming struct {
	io.ReadCloser
	conn *http.ResponseController
	left time.Duration // for the next part to come
}

func newIncoming(w http.ResponseWriter, r *http.Request) *incoming {
	return &incoming{r.Body, http.NewResponseController(w), pauseMax}
}

// Read sets no limit where the connection has none, as in tests. What comes after the body
// may take any time: by that the server sees that who asked is gone.
func (i *incoming) Read(p []byte) (int, error) {
	from := time.Now()
	_ = i.conn.SetReadDeadline(from.Add(i.left))
	n, err := i.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = i.conn.SetReadDeadline(time.Time{})
	}
	i.left = leftAfter(i.left-time.Since(from), n)
	return n, err
}

// leftAfter tells how long the next part may take, after one of n bytes that has left so much time.
func leftAfter(left time.Duration, n int) time.Duration {
	return min(left+time.Duration(n)*slowest, pauseMax)
}
