package main

import (
	"context"
	"io"

	"bcp/broker/admin/api"
)

// source is what can be read of tasks from a running broker as well as from
// the journal of one that isn't.
type source interface {
	Tasks(ctx context.Context, l api.List, fn func(api.Task) error) (api.End, error)
	Count(ctx context.Context, l api.List) ([]api.StateCount, error)
	Task(ctx context.Context, ref string) (api.Task, error)
	Members(ctx context.Context, ref string, fn func(api.Task) error) error
	History(ctx context.Context, ref string) ([]api.HistoryEntry, error)
	Body(ctx context.Context, ref string, w io.Writer) error
	Result(ctx context.Context, ref string, w io.Writer) error
	Limits(ctx context.Context, fn func(api.Limit) error) error
	Replay(ctx context.Context, what api.ReplayRequest, fn func(api.ReplayRow) error) error
	Close()
}

// source opens what the flags name.
func (g *globals) source() (source, error) {
	if g.db != "" {
		return openFile(g.db)
	}
	return g.client()
}

// client is for what only a running broker can do.
func (g *globals) client() (*api.Client, error) {
	if g.db != "" {
		return nil, usagef("--db: only a running broker can do this: give its --admin address")
	}
	address, saidBy := g.address()
	c, err := api.NewClient(address)
	if err != nil {
		return nil, usagef("%s: %v", saidBy, err)
	}
	return c, nil
}
