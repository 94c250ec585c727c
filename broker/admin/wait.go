package admin

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// wait answers once the task has ended. It is the broker that is waited for,
// not the journal that is asked again and again.
func (h *handler) wait(w http.ResponseWriter, r *http.Request) error {
	e, err := h.entry(r, "timeout_ms")
	if err != nil {
		return err
	}
	ctx, cancel, err := waitContext(r)
	if err != nil {
		return err
	}
	defer cancel()
	if !e.Task.State.Ended() {
		if e, err = h.waitFor(ctx, e.Task.ID); err != nil {
			return err
		}
	}
	return writeJSON(w, http.StatusOK, api.NewTask(&e.Task))
}

func (h *handler) waitFor(ctx context.Context, id journal.ID) (journal.Entry, error) {
	_, err := ask[*wire.Ended](ctx, h.broker, &wire.Wait{Req: request, Tasks: []journal.ID{id}})
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return journal.Entry{}, api.Errorf(api.CodeTimeout, "task %s did not end in time", id)
	}
	if err != nil {
		return journal.Entry{}, err
	}
	return h.catalog.Get(context.WithoutCancel(ctx), id.String()) // it ended in time
}

func waitContext(r *http.Request) (context.Context, context.CancelFunc, error) {
	text := r.URL.Query().Get("timeout_ms")
	if text == "" {
		ctx, cancel := context.WithCancel(r.Context())
		return ctx, cancel, nil
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 1 || ms > math.MaxInt64/int64(time.Millisecond) {
		return nil, nil, api.Errorf(api.CodeBadRequest, "timeout_ms %q: a number of milliseconds from 1 is accepted", text)
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(ms)*time.Millisecond)
	return ctx, cancel, nil
}
