package zmtp

import "sync/atomic"

// trouble is why a Dealer has no connection: what its links have met, one after another.
type trouble struct{ why atomic.Pointer[error] }

func newTrouble() *trouble {
	t := &trouble{}
	t.set(ErrNotYet)
	return t
}

func (t *trouble) set(err error) { t.why.Store(&err) }

// Trouble tells why there is no connection: the error of the last attempt to make one, or
// ErrEnded with that of the last one; ErrNotYet before any, and nil while there is one.
// Anybody may ask, at any time.
func (d *Dealer) Trouble() error { return *d.trouble.why.Load() }
