package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"bcp/broker"
	"bcp/broker/admin/api"
	"bcp/broker/admin/catalog"
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/bolt"
)

// file reads a journal whose broker is not running. Nothing of what it says is changed; what
// a crash has left in its log is brought to where it is read.
type file struct {
	store    journal.Store
	catalog  catalog.Catalog
	settings broker.Config // of the start that Replay tells of
}

// openFile opens a journal for reading. The error says what is wrong with it.
func openFile(path string) (*file, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("--db: %w", err)
	} else if info.Mode().Type() == fs.ModeDir {
		return nil, fmt.Errorf("--db %s: a file is accepted, and this is a directory", path)
	}
	store, err := bolt.OpenReadOnly(path, bolt.Options{})
	if err != nil {
		return nil, fmt.Errorf("--db: %w", inUse(err, "ask it instead, without --db"))
	}
	return &file{store: store, catalog: catalog.New(store)}, nil
}

// Close releases the journal; nothing can be lost by it.
func (f *file) Close() { _ = f.store.Close() }

// Tasks lists tasks as the admin API does.
func (f *file) Tasks(ctx context.Context, l api.List, fn func(api.Task) error) (api.End, error) {
	return f.catalog.List(ctx, l, func(t *journal.Task) error { return fn(api.NewTask(t)) })
}

// Count counts tasks as the admin API does.
func (f *file) Count(ctx context.Context, l api.List) ([]api.StateCount, error) {
	return f.catalog.Count(ctx, l)
}

// Task returns one task.
func (f *file) Task(ctx context.Context, ref string) (api.Task, error) {
	e, err := f.catalog.Get(ctx, ref)
	if err != nil {
		return api.Task{}, err
	}
	return api.NewTask(&e.Task), nil
}

// Members lists the members of a task as the admin API does.
func (f *file) Members(ctx context.Context, ref string, fn func(api.Task) error) error {
	e, err := f.catalog.Get(ctx, ref)
	if err != nil {
		return err
	}
	return f.catalog.Members(ctx, &e.Task, func(t *journal.Task) error { return fn(api.NewTask(t)) })
}

// History returns every step of a task's life.
func (f *file) History(ctx context.Context, ref string) ([]api.HistoryEntry, error) {
	e, err := f.catalog.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	return api.NewHistory(e.Records), nil
}

// Body writes the body of a task to w.
func (f *file) Body(ctx context.Context, ref string, w io.Writer) error {
	return f.payload(ctx, ref, f.catalog.Body, w)
}

// Result writes the result of an ended task to w.
func (f *file) Result(ctx context.Context, ref string, w io.Writer) error {
	return f.payload(ctx, ref, f.catalog.Result, w)
}

func (f *file) payload(ctx context.Context, ref string, open func(*journal.Task) (catalog.Payload, error), w io.Writer) error {
	e, err := f.catalog.Get(ctx, ref)
	if err != nil {
		return err
	}
	payload, err := open(&e.Task)
	if err != nil {
		return err
	}
	defer payload.Close()
	_, err = io.Copy(w, payload)
	return err
}

// Replay tells what a start of the broker would do. It has the broker's own
// state machine restore the journal, asks it for its plan, and drops it.
func (f *file) Replay(ctx context.Context, what api.ReplayRequest, fn func(api.ReplayRow) error) error {
	ids, err := f.toReplay(ctx, what.IDs)
	if err != nil {
		return err
	}
	now := broker.Instant{WallMS: time.Now().UnixMilli()}
	core, err := f.restore(now)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, broker.ReplayPortion) { // no time passes here for more at once
		core.Step(now, wire.Peer{Dialect: wire.Local}, &wire.Replay{Req: 1, Tasks: some, DryRun: true})
		for _, s := range core.Take().Sends {
			if row, ok := s.Msg.(*wire.ReplayRow); ok {
				if err := fn(api.NewReplayRow(row)); err != nil {
					return err
				}
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// toReplay finds the tasks that are named, or all that have not ended if none is.
func (f *file) toReplay(ctx context.Context, refs []string) (ids []journal.ID, err error) {
	if len(refs) == 0 {
		_, err = f.catalog.List(ctx, api.List{}, func(t *journal.Task) error {
			ids = append(ids, t.ID)
			return nil
		})
		return ids, err
	}
	for _, ref := range refs {
		e, err := f.catalog.Get(ctx, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, e.Task.ID)
	}
	return ids, nil
}

// Limits lists limits as the broker would after a start.
func (f *file) Limits(_ context.Context, fn func(api.Limit) error) error {
	now := broker.Instant{WallMS: time.Now().UnixMilli()}
	core, err := f.restore(now)
	if err != nil {
		return err
	}
	m := &wire.Limit{Do: wire.LimitList}
	for more := true; more; {
		core.Step(now, wire.Peer{Dialect: wire.Local}, m)
		page := lastOf[*wire.Limits](core.Take())
		for i := range page.Items {
			m.What = journal.Limit{Scope: page.Items[i].Scope, Name: page.Items[i].Name}
			if err := fn(api.NewLimit(&page.Items[i])); err != nil {
				return err
			}
		}
		more = page.More
	}
	return nil
}

// lastOf returns the last message of a sort that the core sends, which is there.
func lastOf[M wire.Message](e broker.Effects) (m M) {
	for _, s := range e.Sends {
		if got, ok := s.Msg.(M); ok {
			m = got
		}
	}
	return m
}

// restore makes the broker's state machine as a start would.
func (f *file) restore(now broker.Instant) (*broker.Broker, error) {
	meta := f.store.Meta()
	cfg := f.settings.WithDefaults()
	cfg.Broker, cfg.Epoch = meta.Broker, meta.Epoch
	// No task is submitted to it, so it needs no entropy.
	core := broker.New(cfg, f.store, strings.NewReader(""), meta.Last)
	if err := core.RestoreFrom(f.store); err != nil {
		return nil, fmt.Errorf("restore the tasks: %w", err)
	}
	core.Open(now)
	return core, nil
}
