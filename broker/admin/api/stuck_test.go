package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A broker that is stuck still has its socket, and the system connects who asks.
func TestBrokerThatIsStuck(t *testing.T) {
	address := filepath.Join(t.TempDir(), "stuck.sock")
	l, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := NewClient("unix:" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.answerMax, c.lookEvery = time.Millisecond, time.Millisecond
	for name, ask := range map[string]func(context.Context) error{
		"status":  func(ctx context.Context) error { _, err := c.Status(ctx); return err },
		"workers": func(ctx context.Context) error { return c.Workers(ctx, nil) },
		"tasks":   func(ctx context.Context) error { _, err := c.Tasks(ctx, List{}, nil); return err },
		"result":  func(ctx context.Context) error { return c.Result(ctx, "01J", io.Discard) },
		"wait":    func(ctx context.Context) error { _, err := c.Wait(ctx, "01J", time.Millisecond); return err },
		"limit":   func(ctx context.Context) error { _, err := c.SetLimit(ctx, LimitChange{}); return err },
		"submit":  func(ctx context.Context) error { _, err := c.Submit(ctx, Submission{}); return err },
		"cancel":  func(ctx context.Context) error { return c.Change(ctx, VerbCancel, Change{}, nil) },
		"verify":  func(ctx context.Context) error { return c.VerifyJournal(ctx, nil) },
	} {
		err := ask(t.Context())
		if changes := name == "limit" || name == "submit" || name == "cancel" || name == "verify"; !errors.Is(err, ErrNoBroker) ||
			!strings.Contains(err.Error(), "no answer within 1ms") || strings.Contains(err.Error(), "unknown") != changes {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A broker gets stuck in the middle of a list as well.
func TestBrokerThatGetsStuck(t *testing.T) {
	over := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/tasks") {
			_, _ = w.Write([]byte(`{"item":{"id":"01J"}}` + "\n"))
			_ = http.NewResponseController(w).Flush()
		}
		<-over
	})
	defer close(over)
	c.answerMax, c.lookEvery = time.Millisecond, time.Millisecond
	items := 0
	_, err := c.Tasks(t.Context(), List{}, func(Task) error { items++; return nil })
	if !errors.Is(err, ErrNoBroker) || items > 1 {
		t.Errorf("%d items and %v", items, err)
	}
}

// One that only takes its time is waited for, also when it can't say how it is.
func TestBrokerThatTakesItsTime(t *testing.T) {
	looks := make(chan struct{}, 1)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			w.WriteHeader(http.StatusGatewayTimeout)
			select {
			case looks <- struct{}{}:
			default:
			}
			return
		}
		for range 3 {
			select {
			case <-looks:
			case <-r.Context().Done(): // it is not waited for
				return
			}
		}
		_, _ = w.Write([]byte(`{"end":{"items":0}}` + "\n"))
	})
	c.lookEvery = time.Millisecond
	for name, ask := range map[string]func(context.Context) error{
		"tasks":  func(ctx context.Context) error { _, err := c.Tasks(ctx, List{}, nil); return err },
		"submit": func(ctx context.Context) error { _, err := c.Submit(ctx, Submission{}); return err },
		"batch":  func(ctx context.Context) error { _, err := c.SubmitBatch(ctx, Batch{}); return err },
	} {
		if err := ask(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
