package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// asked has a body of that length be read, and does something before it is answered.
func asked(ctx context.Context, b *bodies, length int64, do func() error) error {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", io.LimitReader(zeros{}, length))
	return b.within(func(_ http.ResponseWriter, r *http.Request) error {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return err
		}
		return do()
	})(httptest.NewRecorder(), r)
}

// Large bodies wait until there is room for them, small ones don't, and nobody who has given up
// leaves less room behind.
func TestLargeBodiesWait(t *testing.T) {
	b := newBodies()
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	served := 0
	serve := func() error { served++; return nil }
	err := asked(t.Context(), b, bodiesMax-bodyUnit, func() error {
		return asked(t.Context(), b, 2*bodyUnit, func() error { // for half of it there is room, and it goes on
			if err := asked(impatient, b, bodyUnit, serve); !errors.Is(err, context.Canceled) {
				t.Errorf("without room: %v", err)
			}
			return asked(impatient, b, bodyUnit-1, serve)
		})
	})
	if err != nil || served != 1 || len(b.taken)+len(b.beyond) > 0 {
		t.Errorf("%v, %d served, %d units are left taken, and %d beyond", err, served, len(b.taken), len(b.beyond))
	}
	if err := asked(t.Context(), b, bodiesMax, func() error { return asked(t.Context(), b, bodiesMax, serve) }); err != nil {
		t.Errorf("two that take all the room: %v", err)
	}
}

// A body that doesn't come keeps nobody out.
func TestSlowBodyKeepsNobodyOut(t *testing.T) {
	b := newBodies()
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	slow := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", zeros{})
	slow.ContentLength = -1
	err := b.within(func(http.ResponseWriter, *http.Request) error {
		return asked(impatient, b, bodyUnit, func() error { return nil })
	})(httptest.NewRecorder(), slow)
	if err != nil {
		t.Errorf("beside a body that has not begun: %v", err)
	}
}

// Who has room and reads nothing of the answer, in pieces that are told at once, is cut off, and
// leaves the room to others.
func TestRoomIsLeftByAStalledReader(t *testing.T) {
	b := newBodies()
	b.patient = time.Millisecond
	ended := make(chan error, 1)
	route := []route{{"/", http.MethodPost, func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		for s := newStream(w).watched(); err == nil; {
			err = s.item("changed")
		}
		return err
	}}}
	b.share(route)
	s := httptest.NewServer(patiently(time.Hour, slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { ended <- route[0].do(w, r) })))
	defer s.Close()
	answer, err := http.Post(s.URL, "application/json", io.LimitReader(zeros{}, bodyUnit))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) || len(b.taken) > 0 {
		t.Errorf("%v, %d units are left taken: want it cut off", err, len(b.taken))
	}
}
