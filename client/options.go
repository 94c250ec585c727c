package client

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"bcp/broker/wire"
	"bcp/broker/zmtp"
	"bcp/client/session"
	"bcp/journal"
)

// ErrInsecure tells that the address leaves this machine, where nobody proves
// who they are and everybody may read along. See Insecure.
var ErrInsecure = errors.New("it is on another machine, and there is no authentication yet: a loopback address or ipc is accepted, or the option Insecure")

// ErrAddress tells that the address is of no kind that is known.
var ErrAddress = zmtp.ErrEndpoint

// MaxUnanswered bounds the requests on their way at a time, unless
// WithUnanswered says otherwise.
const MaxUnanswered = 4096

// An Option changes how Dial sets a client up.
type Option func(*options)

type options struct {
	as       string
	session  session.Config
	insecure bool
	log      *slog.Logger
}

// WithSession names the session, which otherwise gets a random name. No other client may be
// using the name. What stands before a / in it names the client, see As.
func WithSession(name string) Option { return func(o *options) { o.session.Name = name } }

// As names the client that shares of the workers and limits are counted for. Clients of one
// name have one share together, also when they come back after a restart. The name becomes
// what stands before the / in the session's name. By default each client stands for itself.
func As(name string) Option { return func(o *options) { o.as = name } }

// WithUnanswered bounds the requests that may wait for their answers at a time; further
// calls wait. The default is MaxUnanswered.
func WithUnanswered(n int) Option { return func(o *options) { o.session.UnansweredMax = n } }

// WithLogger has changes of the connection logged. By default, and with nil, they aren't.
func WithLogger(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// Insecure allows an address that is not on this machine.
func Insecure() Option { return func(o *options) { o.insecure = true } }

// newOptions fills in the defaults and looks for mistakes.
func newOptions(address string, opts []Option) (options, error) {
	var o options
	o.session.Name = rand.Text()
	o.session.Keys = rand.Text()
	o.session.UnansweredMax = MaxUnanswered
	for _, opt := range opts {
		opt(&o)
	}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	if o.as != "" {
		if err := wire.CheckLimitName(journal.LimitClient, o.as); err != nil {
			return o, err
		}
		o.session.Name = o.as + "/" + o.session.Name
	}
	if err := wire.CheckName("session", o.session.Name); err != nil {
		return o, err
	}
	if o.session.UnansweredMax < 1 {
		return o, fmt.Errorf("%d unanswered requests: at least 1 is accepted", o.session.UnansweredMax)
	}
	return o, checkAddress(address, o.insecure)
}

// checkAddress refuses an address that is none, or one that is not on this
// machine unless that is allowed.
func checkAddress(address string, insecure bool) error {
	host, err := zmtp.PeerHost(address)
	if err != nil {
		return err
	}
	if !insecure && !wire.LoopbackHost(host) {
		return ErrInsecure
	}
	return nil
}
