package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"bcp/broker/admin/api"
)

// Times of the HTTP server. Answers have none: a wait lasts as long as a task.
const (
	headerTimeout   = 10 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = time.Second
)

// Serve serves the API on l until ctx ends. Then it waits up to a second for the requests that
// are being served, and cuts off those that are left. It closes l.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(greeted{l}) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the admin API: %w", err)
	case <-ctx.Done():
	}
	err := shutdown(s)
	_ = l.Close() // it is, unless the server had not begun
	<-served
	return err
}

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
