package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"bcp/broker/admin/api"
)

// Times of the HTTP server. An answer has none before it begins, for a wait lasts as long as a
// task; then see reply.
const (
	headerTimeout   = 10 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = time.Second
)

// Serve serves the API on l until ctx ends. Then it waits up to a second for the requests that
// are being served, and cuts off those that are left. It closes l, and returns when nothing
// that was asked for goes on: what a backup has written is removed by then.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	requests, cutOff := context.WithCancel(context.Background())
	defer cutOff()
	var served counted
	s := &http.Server{
		Handler: served.all(h), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return requests },
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(greeted{l}) }()
	var err error
	select {
	case err = <-ended:
		err = fmt.Errorf("serve the admin API: %w", errors.Join(err, s.Close()))
	case <-ctx.Done():
		err = shutdown(s)
		_ = l.Close() // it is, unless the server had not begun
		<-ended
	}
	cutOff()
	served.end()
	return err
}

// counted are the requests that are being served. http.Server cuts off connections, and
// doesn't wait for who serves them.
type counted struct{ serving sync.RWMutex }

// all has a handler's requests be counted.
func (c *counted) all(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.serving.TryRLock() { // of a connection that has been cut off
			return
		}
		defer c.serving.RUnlock()
		h.ServeHTTP(w, r)
	})
}

// end waits for the requests, and lets no more come.
func (c *counted) end() { c.serving.Lock() }

// greeted is a listener whose server answers at once who takes it for a broker's address
// for clients and workers: with the error of a request that is none.
type greeted struct{ net.Listener }

func (g greeted) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return api.RefuseZMTP(conn), nil
}

func shutdown(s *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := s.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return s.Close()
	}
	return err
}
