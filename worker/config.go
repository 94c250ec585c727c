package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
)

// Handler does one attempt of a task. If it returns no error the task is done, and the
// client gets the result. An error means that the attempt failed. One that wraps
// ErrRefused, ErrNotMe or ErrNever says what is to become of the task, and Class adds of
// which sort the failure is. The error's text is kept with the task, up to wire.MaxText
// bytes. A panic is a failure of the attempt.
//
// When ctx is done the attempt is to be stopped: the handler should clean up and return
// an error. If it returns none, the task was finished all the same.
type Handler func(ctx context.Context, t *Task) (result []byte, err error)

// ErrInsecure tells that the broker's address leaves this machine, where nobody proves
// who they are and everybody may read along. See Config.Insecure.
var ErrInsecure = errors.New("it is on another machine, and there is no authentication yet: a loopback address or ipc is accepted, or Insecure")

// Config is what a Worker is set up with. Broker, Name and Handler are required.
type Config struct {
	Broker   string // tcp://HOST:PORT or ipc://PATH
	Insecure bool   // the broker may be on another machine, where nobody proves who they are
	Name     string // unique among the broker's workers; 1 to wire.MaxName bytes
	Services []string
	Slots    int // attempts at a time; default 1, at most wire.MaxSlots
	Handler  Handler

	// Labels are for tasks that select their worker by them, as gpu: a100.
	Labels map[string]string
	// Resources are what the worker has of each, as cpu: 8 or mem: 32GiB. The tasks
	// that it is given at a time ask for no more than that. An amount is a number
	// with k, M, G, T, Ki, Mi, Gi or Ti after it, or m for thousandths.
	Resources map[string]string

	// HandlerStarts says that the handler calls Task.Started. Without it an
	// attempt counts as started when the handler is called.
	HandlerStarts bool

	StopOnLost   bool          // stop what runs, and hand it back, when the broker falls silent
	Grace        time.Duration // from a stop to Task.Overdue where the broker does not say; default 5 s
	DrainTimeout time.Duration // how long what runs may go on after Run's context is done, and outcomes wait for the broker; default 30 s, negative: not at all

	Log *slog.Logger // default: nothing is logged
}

// WithDefaults returns the configuration with its zero values filled in.
func (c Config) WithDefaults() Config {
	c.Slots = cmp.Or(c.Slots, 1)
	c.Grace = cmp.Or(c.Grace, 5*time.Second)
	c.DrainTimeout = cmp.Or(c.DrainTimeout, 30*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate names the first setting that is out of range. Zero values that have defaults
// mostly are: it is for what WithDefaults has returned.
func (c Config) Validate() error {
	if err := wire.CheckName("name", c.Name); err != nil {
		return errors.New(err.Text)
	}
	if len(c.Services) > wire.MaxServices {
		return fmt.Errorf("%d services: at most %d are accepted", len(c.Services), wire.MaxServices)
	}
	for _, service := range c.Services {
		if err := wire.CheckName("service", service); err != nil {
			return errors.New(err.Text)
		}
	}
	if c.Slots < 0 { // which the wire has no word for
		return fmt.Errorf("slots %d: 1 to %d are accepted", c.Slots, wire.MaxSlots)
	}
	if err := wire.CheckOffer(c.offer()); err != nil {
		return errors.New(err.Text)
	}
	host, err := zmtp.PeerHost(c.Broker)
	switch {
	case err != nil:
		return fmt.Errorf("broker %q: %w", c.Broker, err)
	case !c.Insecure && !wire.LoopbackHost(host):
		return fmt.Errorf("broker %s: %w", c.Broker, ErrInsecure)
	case c.Grace < 0:
		return fmt.Errorf("grace %v: 0 or more is accepted", c.Grace)
	case c.Handler == nil:
		return errors.New("handler is nil")
	}
	return nil
}

// offer is what the worker says that it has.
func (c Config) offer() *wire.Register {
	return &wire.Register{
		Slots: uint32(min(c.Slots, math.MaxInt32)), Labels: wire.Pairs(c.Labels), Resources: wire.Pairs(c.Resources),
	}
}
