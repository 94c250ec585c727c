package client

import "sync"

// event is something that happens once. Its channel is made for the first who has to wait:
// for most of what happens to tasks nobody does.
type event struct {
	mu       sync.Mutex
	happened bool
	wake     chan struct{} // nil as long as nobody has waited
}

// happen tells those who wait. What was written before is for them to read.
func (e *event) happen() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.happened = true
	if e.wake != nil {
		close(e.wake)
	}
}

func (e *event) has() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.happened
}

// done returns a channel that is closed once it has happened.
func (e *event) done() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wake == nil {
		e.wake = make(chan struct{})
		if e.happened {
			close(e.wake)
		}
	}
	return e.wake
}
