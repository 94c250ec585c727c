package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// serve answers all that a client asks with h.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := NewClient(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A connection that breaks, however cleanly, is no end of a list.
func TestListThatIsCutOff(t *testing.T) {
	for name, cut := range map[string]func(w http.ResponseWriter){
		"handler ends": func(http.ResponseWriter) {},
		"connection breaks": func(w http.ResponseWriter) {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"item":{"id":"01J"}}` + "\n"))
				cut(w)
			})
			items := 0
			_, err := c.Tasks(t.Context(), List{}, func(Task) error { items++; return nil })
			if items != 1 || codeOf(err) != CodeIncomplete {
				t.Errorf("%d items and %v", items, err)
			}
		})
	}
}

// A broker that cuts an answer off and is there is told from one that has gone away.
func TestResultThatIsCutOff(t *testing.T) {
	var away atomic.Bool
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/healthz":
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("five!"))
		case away.Load():
			panic(http.ErrAbortHandler)
		default:
			_, _ = w.Write([]byte(`{"status":"ok"}`))
		}
	})
	for _, gone := range []bool{false, true} {
		away.Store(gone)
		err := c.Result(t.Context(), "01J", io.Discard)
		if errors.Is(err, ErrNoBroker) != gone || strings.Contains(err.Error(), "the broker is there") == gone ||
			codeOf(err) != CodeIncomplete || !strings.Contains(err.Error(), "the result was cut off after 5 bytes") {
			t.Errorf("half a result of a broker, gone %v: %v", gone, err)
		}
	}
	full := errors.New("disk full")
	if err := c.Result(t.Context(), "01J", fullDisk{full}); !errors.Is(err, full) || errors.Is(err, ErrNoBroker) {
		t.Errorf("a result that can't be written: %v", err)
	}
}

// Where somebody else answers it is told where that is.
func TestSomebodyElseAnswers(t *testing.T) {
	c := serve(t, http.NotFound)
	if _, err := c.Status(t.Context()); codeOf(err) != CodeInternal || !strings.Contains(err.Error(), c.address.String()+" is 404 Not Found") {
		t.Errorf("%v: should name %s", err, c.address)
	}
}

// fullDisk fails to write.
type fullDisk struct{ err error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.err }

func TestNoBroker(t *testing.T) {
	c, err := NewClient("unix:" + filepath.Join(t.TempDir(), "none.sock"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, ErrNoBroker) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Status(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNoBroker) {
		t.Errorf("error %v of a request that was given up", err)
	}
}

// A broker that dies with the request in its hand, or in mid-answer, may have
// done it.
func TestBrokerThatDies(t *testing.T) {
	for _, answer := range []string{"", "{", `{"id":"01J`} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if answer != "" {
				_, _ = w.Write([]byte(answer))
				_ = http.NewResponseController(w).Flush()
			}
			panic(http.ErrAbortHandler)
		})
		_, err := c.Submit(t.Context(), Submission{Worker: "w"})
		if !errors.Is(err, ErrNoBroker) || !strings.Contains(err.Error(), "unknown") {
			t.Errorf("after %q: error %v", answer, err)
		}
		_, err = c.Status(t.Context())
		if !errors.Is(err, ErrNoBroker) || strings.Contains(err.Error(), "unknown") {
			t.Errorf("after %q: error %v of a question", answer, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	refused := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"code":"ambiguous","message":"several","matches":["a","b"]}`))
	})
	_, err := refused.Task(t.Context(), "01JD")
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeAmbiguous || len(e.Matches) != 2 || e.Error() != "several" {
		t.Errorf("error %#v", err)
	}
}

// Who speaks ZMTP says so first, and then waits: as long as it likes, for nobody else does.
func TestAddressOfPeers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for conns := []net.Conn{}; ; {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, conn) // they stay open
			_, _ = conn.Write([]byte("\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"))
		}
	}()
	c, err := NewClient("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Status(t.Context()); !errors.Is(err, ErrZMTP) || errors.Is(err, ErrNoBroker) {
		t.Errorf("%v", err)
	}
}
