package zmtp

import (
	"errors"
	"sync"
)

// trouble is why a Dealer has no connection: what its links have met, one after another.
type trouble struct {
	mu    sync.Mutex
	of    *link // the last one; what others meet later is no concern of it
	why   error
	wrong chan error // takes one that tells of a wrong endpoint
}

func newTrouble() *trouble { return &trouble{why: ErrNotYet, wrong: make(chan error, 1)} }

// next begins with another link, of which nothing is known yet.
func (t *trouble) next(of *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of = of
}

func (t *trouble) set(of *link, why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of != of {
		return
	}
	t.why = why
	if errors.Is(why, ErrHTTP) {
		select {
		case t.wrong <- why:
		default: // the owner has not taken the last one yet
		}
	}
}

func (t *trouble) get() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.why
}

// Trouble tells why there is no connection, and returns nil while there is one. It is the
// error of the last attempt to connect, or ErrEnded with the error that has ended the last
// connection; ErrNotYet before the first attempt has come to an end. Any goroutine may ask,
// at any time.
func (d *Dealer) Trouble() error { return d.trouble.get() }

// Wrong returns a channel that receives an error, ErrHTTP, if the endpoint turns out not to
// be a broker's. The Dealer goes on trying nevertheless: its owner may know better.
func (d *Dealer) Wrong() <-chan error { return d.trouble.wrong }
