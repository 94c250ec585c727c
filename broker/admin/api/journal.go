package api

import (
	"context"
	"time"

	"bcp/journal"
)

// JournalProblem is something that is wrong with a journal.
type JournalProblem struct {
	Bucket string `json:"bucket"`         // where it is: a bucket; file for pages, blobs also for files of large payloads
	Task   string `json:"task,omitempty"` // the task that it is about
	What   string `json:"what"`
	Note   bool   `json:"note,omitempty"` // it need not be wrong, such as what a crash leaves behind
}

// NewJournalProblem returns the problem as a JournalProblem.
func NewJournalProblem(p journal.Problem) JournalProblem {
	shown := JournalProblem{Bucket: p.Bucket, What: p.What, Note: p.Note}
	if !p.Task.IsZero() {
		shown.Task = p.Task.String()
	}
	return shown
}

// JournalEvent is what the broker tells while it verifies, backs up or compacts its journal.
// Exactly one member is set.
type JournalEvent struct {
	Problem *JournalProblem  `json:"problem,omitempty"`
	Checked *journal.Checked `json:"checked,omitempty"` // how far the verification is; the last one is the result
	Copied  *journal.Copied  `json:"copied,omitempty"`  // how far the copy is

	Compacted *journal.Compacted `json:"compacted,omitempty"` // at the end
}

// BackupRequest is the body of POST /v1/journal/backup.
type BackupRequest struct {
	Path string `json:"path"` // absolute, on the broker's machine
}

// ExportRequest is the body of POST /v1/journal/export.
type ExportRequest struct {
	Filter Given `json:"filter,omitempty"` // only tasks that match it; left out: everything in the journal
}

// Want returns the function that says which tasks are exported, ended ones among them, or nil
// for everything in the journal. The Error says what is accepted.
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

// VerifyJournal has the broker verify its journal, and calls fn with problems and progress.
func (c *Client) VerifyJournal(ctx context.Context, fn func(JournalEvent) error) error {
	_, err := list(ctx, c, post("/v1/journal/verify", struct{}{}), fn)
	return err
}

// BackupJournal has the broker write a backup on its machine, and calls fn with the progress.
func (c *Client) BackupJournal(ctx context.Context, what BackupRequest, fn func(JournalEvent) error) error {
	_, err := list(ctx, c, post("/v1/journal/backup", what), fn)
	return err
}

// CompactJournal has the broker compact its journal's file, which then has no free pages. It
// calls fn with problems, progress and the result.
func (c *Client) CompactJournal(ctx context.Context, fn func(JournalEvent) error) error {
	_, err := list(ctx, c, post("/v1/journal/compact", struct{}{}), fn)
	return err
}

// ExportJournal has the broker export its journal, and calls fn with the lines.
func (c *Client) ExportJournal(ctx context.Context, what ExportRequest, fn func(ExportLine) error) error {
	_, err := list(ctx, c, post("/v1/journal/export", what), fn)
	return err
}
