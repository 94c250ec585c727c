package admin

import (
	"context"
	"io"
	"net/http"
	"time"
)

const (
	// bodiesMax is how many bytes are read, all together, of the bodies of requests that have
	// not been answered. Their JSON is read whole, and takes up to three times as much memory.
	bodiesMax = 256 << 20

	// bodyUnit is what they are counted in, in bytes. What is smaller counts for nothing:
	// requestsMax of these take less than one large body.
	bodyUnit = 64 << 10
)

// bodies is the room for large bodies. Each takes of it as it comes, so that a slow one keeps
// nobody else out. Where no room is left one body at a time goes on without: or else each could
// wait for what the others have.
type bodies struct {
	taken   chan struct{} // has an entry for each unit
	beyond  chan struct{} // has who goes on without room
	patient time.Duration // for how long who has room may leave its answer unread
}

func newBodies() *bodies {
	return &bodies{taken: make(chan struct{}, bodiesMax/bodyUnit), beyond: make(chan struct{}, 1), patient: hurriedMax}
}

// share has the routes whose requests have bodies share the room.
func (b *bodies) share(routes []route) {
	for i := range routes {
		if routes[i].method == http.MethodPost {
			routes[i].do = b.within(routes[i].do)
		}
	}
}

// within has an action's request be read as there is room for its body.
func (b *bodies) within(do action) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		s := &share{ReadCloser: r.Body, of: b, ctx: r.Context(), answer: w}
		defer s.free()
		r.Body = s
		return do(w, r)
	}
}

// share is a request's body, with what it has of the room.
type share struct {
	io.ReadCloser
	of     *bodies
	ctx    context.Context     // of the request
	answer http.ResponseWriter // to it
	read   int                 // bytes
	units  int                 // that it has taken
	beyond bool                // it needs no more
}

// Read returns when there is room for what it has read.
func (s *share) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.read += n
	for !s.beyond && s.units < s.read/bodyUnit {
		if err := s.take(); err != nil {
			return n, err
		}
	}
	return n, err
}

// take takes a unit, or goes on without if there is none. An error is the context's.
func (s *share) take() error {
	hurry(s.answer, s.of.patient)
	select {
	case s.of.taken <- struct{}{}:
		s.units++
		return nil
	default:
	}
	select {
	case s.of.taken <- struct{}{}:
		s.units++
	case s.of.beyond <- struct{}{}:
		s.beyond = true
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
	return nil
}

func (s *share) free() {
	for range s.units {
		<-s.of.taken
	}
	if s.beyond {
		<-s.of.beyond
	}
}
