package api

import (
	"context"
	"time"

	"bcp/journal"
)

// JournalProblem is something that is wrong with a journal.
type JournalProblem struct {
	Bucket string `json:"bucket"`         // where: a bucket, or file, or blobs
	Task   string `json:"task,omitempty"` // whose it is
	What   string `json:"what"`
	Note   bool   `json:"note,omitempty"` // nothing that matters
}

// NewJournalProblem returns a problem as the API shows it.
func NewJournalProblem(p journal.Problem) JournalProblem {
	shown := JournalProblem{Bucket: p.Bucket, What: p.What, Note: p.Note}
	if !p.Task.IsZero() {
		shown.Task = p.Task.String()
	}
	return shown
}

// JournalEvent is what the broker tells while it verifies its journal, backs it up or
// compacts it: one of its members.
type JournalEvent struct {
	Problem *JournalProblem  `json:"problem,omitempty"`
	Checked *journal.Checked `json:"checked,omitempty"` // so far; the last one is of all
	Copied  *journal.Copied  `json:"copied,omitempty"`  // so far

	Compacted *journal.Compacted `json:"compacted,omitempty"` // at the end
}

// BackupRequest is the body of POST /v1/journal/backup.
type BackupRequest struct {
	Path string `json:"path"` // absolute, on the broker's machine
}

// ExportRequest is the body of POST /v1/journal/export.
type ExportRequest struct {
	Filter Given `json:"filter,omitempty"` // only tasks that it means; all there is if it is left out
}

// Want returns which tasks are meant, ended ones too; nil for everything there is. The
// Error says what is accepted.
func (r *ExportRequest) Want() (func(*journal.Entry) bool, error) {
	if r.Filter == "" {
		return nil, nil
	}
	f, err := (&Filter{Expr: r.Filter, All: true}).Compile()
	if err != nil {
		return nil, err
	}
	nowMS := time.Now().UnixMilli()
	return func(e *journal.Entry) bool { return f.Match(&e.Task, nowMS) }, nil
}

// VerifyJournal has the broker look at its journal, and calls fn with what it tells.
func (c *Client) VerifyJournal(ctx context.Context, fn func(JournalEvent) error) error {
	_, err := list(ctx, c, post("/v1/journal/verify", struct{}{}), fn)
	return err
}

// BackupJournal has the broker write a backup on its machine, and calls fn with how
// far it is.
func (c *Client) BackupJournal(ctx context.Context, what BackupRequest, fn func(JournalEvent) error) error {
	_, err := list(ctx, c, post("/v1/journal/backup", what), fn)
	return err
}

// CompactJournal has the broker write its journal's file anew without what is free in it,
// and calls fn with what it tells.
func (c *Client) CompactJournal(ctx context.Context, fn func(JournalEvent) error) error {
	_, err := list(ctx, c, post("/v1/journal/compact", struct{}{}), fn)
	return err
}

// ExportJournal calls fn with the lines of an export.
func (c *Client) ExportJournal(ctx context.Context, what ExportRequest, fn func(ExportLine) error) error {
	_, err := list(ctx, c, post("/v1/journal/export", what), fn)
	return err
}
