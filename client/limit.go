package client

import (
	"context"
	"fmt"

	"bcp/broker/wire"
	"bcp/journal"
)

// LimitInfo is a limit as it is, with how many attempts it counts at this moment
// (Out) and its last change: who made it, when and why.
type LimitInfo = wire.LimitItem

// SetLimit sets the parts of a limit that are not zero, and leaves the others as they are;
// the reason is kept with it. When SetLimit returns, the limit is in the broker's journal,
// and it holds until somebody changes it. Lowering a limit stops no attempt that is
// running. A *wire.Error tells what is accepted.
func (c *Client) SetLimit(ctx context.Context, l journal.Limit, reason string) (LimitInfo, error) {
	return c.changeLimit(ctx, "set limit", &wire.Limit{Do: wire.LimitSet, What: l, By: c.name, Text: reason})
}

// UnsetLimit removes the parts of a limit that are not zero, or the whole limit if all are
// zero. Tasks that waited for it may go at once. Removing what is not set is no error.
func (c *Client) UnsetLimit(ctx context.Context, l journal.Limit, reason string) (LimitInfo, error) {
	return c.changeLimit(ctx, "unset limit", &wire.Limit{Do: wire.LimitUnset, What: l, By: c.name, Text: reason})
}

func (c *Client) changeLimit(ctx context.Context, what string, m *wire.Limit) (LimitInfo, error) {
	if err := m.Check(); err != nil {
		return LimitInfo{}, fmt.Errorf("%s: %w", what, err)
	}
	answer, err := request[*wire.Limits](ctx, c, what, m)
	if err != nil {
		return LimitInfo{}, err
	}
	if len(answer.Items) == 0 {
		return LimitInfo{}, fmt.Errorf("%s: the broker's answer has no limit", what)
	}
	return answer.Items[0], nil
}

// Limits lists the limits that were ever set, in order of scope and name. One that
// was unset is there with its last change, and limits nothing.
func (c *Client) Limits(ctx context.Context) ([]LimitInfo, error) {
	var all []LimitInfo
	for more := true; more; {
		m := &wire.Limit{Do: wire.LimitList}
		if len(all) > 0 {
			last := all[len(all)-1]
			m.What = journal.Limit{Scope: last.Scope, Name: last.Name}
		}
		page, err := request[*wire.Limits](ctx, c, "limits", m)
		if err != nil {
			return nil, err
		}
		all, more = append(all, page.Items...), page.More
	}
	return all, nil
}
