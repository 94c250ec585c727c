package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"
)

// For how long an answer waits for a reader that takes nothing of it. Then the reader is cut off,
// which ends the request.
const (
	// unreadMax is for all: somebody may look long at the first page of a list, but is not to keep
	// the place of others for good.
	unreadMax = time.Hour

	// hurriedMax is for who keeps from others what there is little of: a backup keeps old pages of
	// the journal, a compaction or an export its place, and a large body its room.
	hurriedMax = time.Minute
)

// replyPiece is how much of an answer is written at a time, in bytes. Each piece may take as long:
// who reads slowly is not cut off.
const replyPiece = 32 << 10

// reply is the answer to a request.
type reply struct {
	http.ResponseWriter
	patient time.Duration
	cutOff  bool // its reader was
}

// patiently has answers wait for their readers, for so long.
func patiently(patient time.Duration, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &reply{ResponseWriter: w, patient: patient}
		p.until(time.Time{}) // the limit of the answer before, which was for the last of that
		next.ServeHTTP(p, r)
		if p.cutOff {
			log.Warn("an answer is cut off: its reader takes nothing of it", "path", r.URL.Path, "waited", p.patient)
		}
	})
}

// hurry has what is left of an answer wait for its reader no longer than so.
func hurry(w http.ResponseWriter, patient time.Duration) {
	if p, ok := w.(*reply); ok {
		p.patient = min(p.patient, patient)
	}
}

// Unwrap is for http.ResponseController, and so is FlushError.
func (p *reply) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *reply) FlushError() error {
	p.limit()
	return p.noted(http.NewResponseController(p.ResponseWriter).Flush())
}

func (p *reply) Write(b []byte) (n int, err error) {
	for err == nil && n < len(b) {
		p.limit()
		var some int
		some, err = p.ResponseWriter.Write(b[n:min(len(b), n+replyPiece)])
		n += some
	}
	return n, p.noted(err)
}

// noted notes of what is written, or can't be, whether its reader is cut off.
func (p *reply) noted(err error) error {
	p.cutOff = p.cutOff || errors.Is(err, os.ErrDeadlineExceeded)
	return err
}

// limit gives what is written next its time.
func (p *reply) limit() { p.until(time.Now().Add(p.patient)) }

// until is of no effect where a connection has no limits, as in tests.
func (p *reply) until(at time.Time) {
	_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(at)
}
