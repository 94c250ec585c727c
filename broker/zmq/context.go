package zmq

import (
	"fmt"
	"sync"

	"github.com/pebbe/zmq4"
)

// shared is the libzmq context of all open sockets: its threads are there once,
// however many sockets there are.
var shared struct {
	sync.Mutex
	ctx  *zmq4.Context
	open int
}

// openSocket makes a socket in the shared context.
func openSocket() (*zmq4.Socket, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.ctx == nil {
		ctx, err := zmq4.NewContext()
		if err != nil {
			return nil, fmt.Errorf("start libzmq: %w", err)
		}
		shared.ctx = ctx
	}
	soc, err := shared.ctx.NewSocket(zmq4.ROUTER)
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	shared.open++
	return soc, nil
}

// closeSocket closes the socket. Closing is done by libzmq's threads; only who
// closes the last socket waits for it, because nobody else may outlive it.
func closeSocket(soc *zmq4.Socket) error {
	if err := soc.Close(); err != nil {
		return fmt.Errorf("close socket: %w", err)
	}
	ctx := release()
	if ctx == nil {
		return nil
	}
	if err := ctx.Term(); err != nil {
		return fmt.Errorf("stop libzmq: %w", err)
	}
	return nil
}

// release returns the context if no socket is left in it, for the caller to end.
func release() *zmq4.Context {
	shared.Lock()
	defer shared.Unlock()
	shared.open--
	if shared.open > 0 {
		return nil
	}
	ctx := shared.ctx
	shared.ctx = nil
	return ctx
}
