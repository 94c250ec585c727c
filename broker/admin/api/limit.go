package api

import (
	"context"
	"strconv"

	"bcp/broker/wire"
	"bcp/journal"
)

// Limit bounds the attempts of a service, a client or a limit key. It has its last change. A
// limit that was unset bounds nothing.
type Limit struct {
	Limit     string  `json:"limit"`               // service/NAME, client/NAME or key/NAME
	Running   uint32  `json:"running,omitempty"`   // attempts at a time; 0: no such limit
	Rate      float64 `json:"rate,omitempty"`      // dispatches a second; 0: no such limit
	Burst     uint32  `json:"burst,omitempty"`     // of these, how many may follow each other at once
	Out       uint32  `json:"out"`                 // attempts that count against it now
	ChangedAt Time    `json:"changed_at,omitzero"` // left out if it was never set
	By        string  `json:"by,omitempty"`
	Reason    string  `json:"reason,omitempty"`
}

// Set tells whether the limit bounds anything.
func (l *Limit) Set() bool { return l.Running > 0 || l.Rate > 0 }

// NewLimit returns the broker's limit as a Limit.
func NewLimit(i *wire.LimitItem) Limit {
	return Limit{
		Limit: i.ID(), Running: i.Running, Rate: float64(i.Rate) / 1000, Burst: i.Burst, Out: i.Out,
		ChangedAt: Time(i.AtMS), By: i.By, Reason: i.Text,
	}
}

// LimitChange sets or unsets a limit: POST /v1/limits/set, POST /v1/limits/unset. Parts that
// are zero stay as they are. An unset in which all are zero removes all of them.
type LimitChange struct {
	Limit   string  `json:"limit"`             // service/NAME, client/NAME or key/NAME
	Running uint32  `json:"running,omitempty"` // attempts at a time
	Rate    float64 `json:"rate,omitempty"`    // dispatches a second, in whole thousandths; only of a service
	Burst   uint32  `json:"burst,omitempty"`   // of these, how many may follow each other at once; with a rate, 0 means those of one second
	By      string  `json:"by"`                // who asks; kept with the limit
	Reason  string  `json:"reason,omitempty"`
}

// Ask returns the message for the broker, or an Error that says which field is wrong and what
// is accepted.
func (c *LimitChange) Ask(do wire.LimitDo) (*wire.Limit, error) {
	if err := checkWho(c.By, c.Reason); err != nil {
		return nil, err
	}
	scope, name, err := journal.ParseLimitID(c.Limit)
	if err != nil {
		return nil, Errorf(CodeBadRequest, "limit %v", err)
	}
	m := &wire.Limit{Do: do, What: journal.Limit{Scope: scope, Name: name, Running: c.Running, Burst: c.Burst}, By: c.By, Text: c.Reason}
	if m.What.Rate, err = journal.ParseRate(strconv.FormatFloat(c.Rate, 'f', -1, 64)); err != nil {
		return nil, Errorf(CodeBadRequest, "rate %v", err)
	}
	if refused := m.Check(); refused != nil {
		return nil, ErrorOf(refused)
	}
	return m, nil
}

// checkWho looks at who asks for a change, and why.
func checkWho(by, reason string) error {
	switch {
	case by == "" || len(by) > wire.MaxName:
		return Errorf(CodeBadRequest, "by: the name of who asks is accepted, 1 to %d bytes", wire.MaxName)
	case len(reason) > wire.MaxText:
		return Errorf(CodeBadRequest, "reason has %d bytes: at most %d are accepted", len(reason), wire.MaxText)
	}
	return nil
}

// Limits calls fn with every limit that was ever set, in order of scope and name.
func (c *Client) Limits(ctx context.Context, fn func(Limit) error) error {
	_, err := list(ctx, c, get("/v1/limits"), fn)
	return err
}

// SetLimit sets parts of a limit, and returns the limit. The change is in the journal then.
func (c *Client) SetLimit(ctx context.Context, what LimitChange) (Limit, error) {
	return c.changeLimit(ctx, "/v1/limits/set", what)
}

// UnsetLimit removes parts of a limit, or all of it, and returns the limit.
func (c *Client) UnsetLimit(ctx context.Context, what LimitChange) (Limit, error) {
	return c.changeLimit(ctx, "/v1/limits/unset", what)
}

func (c *Client) changeLimit(ctx context.Context, path string, what LimitChange) (l Limit, err error) {
	return l, c.askNow(ctx, post(path, what), &l)
}
