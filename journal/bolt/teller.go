package bolt

import "bcp/journal"

// teller tells a caller how far a copy is, in a goroutine of its own: one who takes
// his time, or doesn't come back, keeps no transaction open. He is told the latest,
// and always the last.
type teller struct {
	latest chan journal.Copied // one, that has not been told
	ended  chan struct{}
}

// newTeller returns one that end ends; nil for nobody.
func newTeller(progress func(journal.Copied)) *teller {
	if progress == nil {
		return nil
	}
	t := &teller{make(chan journal.Copied, 1), make(chan struct{})}
	go func() {
		defer close(t.ended)
		for c := range t.latest {
			progress(c)
		}
	}()
	return t
}

// tell has it told in the place of what has not been. It is for one goroutine.
func (t *teller) tell(c journal.Copied) {
	if t == nil {
		return
	}
	select {
	case <-t.latest:
	default:
	}
	t.latest <- c
}

// end waits until the last has been told.
func (t *teller) end() {
	if t == nil {
		return
	}
	close(t.latest)
	<-t.ended
}
