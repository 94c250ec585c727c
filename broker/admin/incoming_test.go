package admin

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

// timed is a listener that knows until when what is read has to be there.
type timed struct {
	net.Listener
	hasty bool // what isn't there at once is too late

	mu     sync.Mutex
	limits []time.Time // the zero time for none
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
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.limits = append(c.of.limits, at)
	if c.of.hasty && !at.IsZero() {
		at = time.Now()
	}
	return c.Conn.SetReadDeadline(at)
}

// began forgets the limits so far.
func (l *timed) began() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limits = nil
}

func (l *timed) told() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limits
}

// serveTimed serves h, and sends it a request with a body of ten bytes, of which these come.
func serveTimed(t *testing.T, hasty bool, h func(*timed) http.Handler, path, sent string) net.Conn {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	l := &timed{Listener: s.Listener, hasty: hasty}
	s.Listener, s.Config.Handler = l, h(l)
	s.Start()
	t.Cleanup(s.Close)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n%s", path, sent)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// What never comes of a request's body doesn't keep the request for good, and one that has
// come whole leaves no limit behind for what is done about it.
func TestBodyThatNeverComes(t *testing.T) {
	for name, test := range map[string]struct {
		hasty bool
		sent  string
		err   error
	}{
		"half":  {true, "01234", os.ErrDeadlineExceeded},
		"whole": {false, "0123456789", nil},
	} {
		t.Run(name, func(t *testing.T) {
			type outcome struct {
				err    error
				limits []time.Time
			}
			read := make(chan outcome, 1)
			serveTimed(t, test.hasty, func(l *timed) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					l.began()
					_, err := io.ReadAll(iotest.OneByteReader(newIncoming(w, r)))
					read <- outcome{err, l.told()}
				})
			}, "/", test.sent)
			got := <-read
			if !errors.Is(got.err, test.err) {
				t.Errorf("%v: want %v", got.err, test.err)
			}
			if last := got.limits[len(got.limits)-1]; last.IsZero() != (test.err == nil) {
				t.Errorf("the last limit is %v", last)
			}
		})
	}
}

// A byte now and then doesn't keep a place: each gives little more time. What comes fast leaves
// no more than one pause.
func TestLeftAfter(t *testing.T) {
	for _, test := range []struct {
		left time.Duration
		n    int
		want time.Duration
	}{
		{time.Second, 1, time.Second + slowest},
		{time.Second, slowestRate, time.Second + slowestRate*slowest},
		{time.Second, 1 << 20, pauseMax},
		{pauseMax, 1, pauseMax},
	} {
		if got := leftAfter(test.left, test.n); got != test.want {
			t.Errorf("%d bytes with %v left: %v, want %v", test.n, test.left, got, test.want)
		}
	}
}

// What is read leaves another time for the next part.
func TestIncomingCountsWhatItReads(t *testing.T) {
	in := newIncoming(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("0123456789")))
	in.left = time.Second
	if _, err := io.ReadAll(in); err != nil || in.left == time.Second {
		t.Errorf("%v left, %v", in.left, err)
	}
}

// Who says too little of a request in time is told so, wherever it stops.
func TestRequestThatIsTooSlow(t *testing.T) {
	r := newRig(t, emptyStore())
	for _, sent := range []string{"", `{"ids"`, "{}"} {
		conn := serveTimed(t, true, func(*timed) http.Handler {
			return quiet(r.server)
		}, "/v1/tasks/cancel", sent)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(said), "too-slow") ||
			!strings.Contains(string(said), "1024 bytes a second or more are accepted, and pauses of up to 30s") {
			t.Errorf("after %q: %d, %s, %v", sent, answer.StatusCode, said, err)
		}
	}
}
