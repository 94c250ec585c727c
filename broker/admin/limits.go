package admin

import (
	"net/http"

	"bcp/broker/admin/api"
	"bcp/broker/wire"
	"bcp/journal"
)

// listLimits serves all limits that were ever set, a page of the broker's at a time.
func (h *handler) listLimits(w http.ResponseWriter, r *http.Request) error {
	if err := api.CheckParameters(r.URL.Query()); err != nil {
		return err
	}
	out, after := newStream(w), journal.Limit{}
	for more := true; more; {
		page, err := askNow[*wire.Limits](r.Context(), h.broker, &wire.Limit{Req: request, Do: wire.LimitList, What: after})
		if err != nil {
			return out.finish(api.End{}, err)
		}
		for i := range page.Items {
			item := &page.Items[i]
			after = journal.Limit{Scope: item.Scope, Name: item.Name}
			if err := out.item(api.NewLimit(item)); err != nil {
				return out.finish(api.End{}, err)
			}
		}
		more = page.More
	}
	return out.finish(api.End{}, nil)
}

// changeLimit answers when the limit is in the journal.
func (h *handler) changeLimit(do wire.LimitDo) action {
	return func(w http.ResponseWriter, r *http.Request) error {
		var c api.LimitChange
		if err := readJSON(w, r, bodyMax, &c); err != nil {
			return err
		}
		m, err := c.Ask(do)
		if err != nil {
			return err
		}
		m.Req = request
		answer, err := askNow[*wire.Limits](r.Context(), h.broker, m)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, api.NewLimit(&answer.Items[0]))
	}
}
