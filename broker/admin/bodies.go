package admin

import (
	"context"
	"net/http"
)

const (
	// bodiesMax is how many bytes the bodies together may have that are read, or whose
	// requests are being answered. Their JSON is read whole, and takes up to three times
	// as much memory.
	bodiesMax = 256 << 20

	// bodyUnit is what they are counted in, in bytes. What is smaller counts for nothing:
	// requestsMax of these take less than one large body.
	bodyUnit = 64 << 10
)

// bodies is the room for large bodies. Who finds none waits for it, and is not read meanwhile.
type bodies struct {
	turn  chan struct{} // has who takes room, so that not two wait for what the other has
	taken chan struct{} // has an entry for each unit
}

func newBodies() *bodies {
	return &bodies{turn: make(chan struct{}, 1), taken: make(chan struct{}, bodiesMax/bodyUnit)}
}

// within has an action begin when there is room for its request's body. One that doesn't tell
// its length counts as the largest.
func (b *bodies) within(do action) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		length := r.ContentLength
		if length < 0 {
			length = bodiesMax
		}
		units := int(min(length, bodiesMax) / bodyUnit)
		defer func() { b.free(units) }()
		var err error
		if units, err = b.take(r.Context(), units); err != nil {
			return err
		}
		return do(w, r)
	}
}

// take takes so many units, and returns how many it has. That is less only with an error,
// which is the context's.
func (b *bodies) take(ctx context.Context, units int) (taken int, err error) {
	if units == 0 {
		return 0, nil
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	for ; taken < units; taken++ {
		select {
		case b.taken <- struct{}{}:
		case <-ctx.Done():
			return taken, context.Cause(ctx)
		}
	}
	return taken, nil
}

func (b *bodies) free(units int) {
	for range units {
		<-b.taken
	}
}
