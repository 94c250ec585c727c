package admin

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Large bodies wait until there is room for them, small ones don't, and nobody who has given up
// leaves less room behind.
func TestLargeBodiesWait(t *testing.T) {
	b := newBodies()
	served := 0
	ask := func(ctx context.Context, length int64, do action) error {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", http.NoBody)
		r.ContentLength = length
		return b.within(func(w http.ResponseWriter, r *http.Request) error {
			served++
			return do(w, r)
		})(httptest.NewRecorder(), r)
	}
	none := func(http.ResponseWriter, *http.Request) error { return nil }
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	for _, length := range []int64{bodiesMax - bodyUnit, 2 * bodiesMax, -1} {
		err := ask(t.Context(), length, func(http.ResponseWriter, *http.Request) error {
			return errors.Join(ask(t.Context(), bodyUnit-1, none), ask(impatient, 2*bodyUnit, none))
		})
		if !errors.Is(err, context.Canceled) || served != 2 {
			t.Errorf("beside a body of %d bytes: %v, %d served; want a small one served, and a large one to wait", length, err, served)
		}
		served = 0
	}
	if err := ask(t.Context(), bodiesMax, none); err != nil || served != 1 || len(b.taken) > 0 {
		t.Errorf("%v, %d served, %d units are left taken", err, served, len(b.taken))
	}
}
