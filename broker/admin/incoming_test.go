package admin

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// timed is a listener that knows whether there is a limit of time for what is read next.
type timed struct {
	net.Listener
	limited atomic.Bool
}

type timedConn struct {
	net.Conn
	of *timed
}

func (l *timed) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &timedConn{conn, l}, nil
}

func (c *timedConn) SetReadDeadline(at time.Time) error {
	c.of.limited.Store(!at.IsZero())
	return c.Conn.SetReadDeadline(at)
}

// What never comes of a request's body doesn't keep the request for good, and one that has
// come whole leaves no limit behind for what is done about it.
func TestBodyThatNeverComes(t *testing.T) {
	for name, test := range map[string]struct {
		patient time.Duration
		sent    string // of ten bytes
		err     error
		limited bool
	}{
		"half":  {time.Millisecond, "01234", os.ErrDeadlineExceeded, true},
		"whole": {time.Hour, "0123456789", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			read := make(chan error, 1)
			s := httptest.NewUnstartedServer(nil)
			l := &timed{Listener: s.Listener}
			s.Listener, s.Config.Handler = l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(newIncoming(w, r, test.patient))
				if l.limited.Load() != test.limited {
					t.Errorf("it ends with a limit %v: want %v", !test.limited, test.limited)
				}
				read <- err
			})
			s.Start()
			defer s.Close()
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n%s", test.sent); err != nil {
				t.Fatal(err)
			}
			if err := <-read; !errors.Is(err, test.err) {
				t.Errorf("%v: want %v", err, test.err)
			}
		})
	}
}
