package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Errors of Run, and the cause of a handler's context. The list is append-only.
var (
	// ErrStopped is the cause of a handler's context: the broker, or the
	// worker's own end, stops the attempt.
	ErrStopped = errors.New("attempt was stopped")
	// ErrRejected tells that the broker will never take this worker as it is
	// set up. The text says why.
	ErrRejected = errors.New("broker rejects the worker")
	// ErrUnfinished tells that handlers still ran when the worker left: they
	// were stopped and did not return in time.
	ErrUnfinished = errors.New("attempts did not end in time")
	// ErrNoBroker tells that there is something else than a broker at the address: its
	// admin API, mostly.
	ErrNoBroker = errors.New("not a broker's address for workers")
)

// Worker takes attempts from a broker and has its Handler do them.
type Worker struct {
	cfg      Config
	instance [16]byte
	hurry    chan struct{} // HandBack was called
}

// New makes a Worker. An error names the setting that is missing or wrong. The lists and
// maps of cfg are copied: you may change them afterwards, for the next Worker.
func New(cfg Config) (*Worker, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configure worker: %w", err)
	}
	cfg.Services = slices.Clone(cfg.Services) // they are said again and again
	cfg.Labels, cfg.Resources = maps.Clone(cfg.Labels), maps.Clone(cfg.Resources)
	w := &Worker{cfg: cfg, hurry: make(chan struct{}, 1)}
	_, _ = rand.Read(w.instance[:]) // never fails, as documented
	return w, nil
}

// Run works until ctx is done. Then it takes no more, gives what runs Config.DrainTimeout
// to finish, hands back the rest, leaves, and returns nil. It returns an error that wraps
// ErrUnfinished if handlers did not return, ErrRejected if the broker will never take this
// worker, or ErrNoBroker if somebody else is at the address; and other errors if there is
// no socket to work with. Call it once.
//
// A broker that is not there is no error: Run waits for it.
func (w *Worker) Run(ctx context.Context) error {
	l, err := newLoop(ctx, w)
	if err != nil {
		return err
	}
	err = l.run()
	l.stopAll()
	l.dealer.Close()
	return err
}

// HandBack ends the drain early: what still runs is stopped at once, without a grace, and
// handed back. Before Run's context is done it stops nothing yet, but then there will be no
// drain.
func (w *Worker) HandBack() {
	select {
	case w.hurry <- struct{}{}:
	default:
	}
}
