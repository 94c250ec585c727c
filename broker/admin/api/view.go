package api

import (
	"time"

	"bcp/broker/view"
	"bcp/journal"
)

// What is shown of tasks, queues and workers is package view's: the Go client is told
// the same.
type (
	Time         = view.Time
	Task         = view.Task
	Target       = view.Target
	Options      = view.Options
	Cancel       = view.Cancel
	Progress     = view.Progress
	Checkpoint   = view.Checkpoint
	HistoryEntry = view.HistoryEntry
	Explanation  = view.Explanation
	Waiting      = view.Waiting
	Limiting     = view.Limiting
	Place        = view.Place
	Ahead        = view.Ahead
	Standing     = view.Standing
	Deadline     = view.Deadline
	Reason       = view.Reason
	Queue        = view.Queue
	Rates        = view.Rates
	Worker       = view.Worker
)

// Names of Target.Kind, of Worker.State and of Task.OnUnmet.
const (
	TargetWorker  = view.TargetWorker
	TargetService = view.TargetService
	TargetAll     = view.TargetAll
	TargetAny     = view.TargetAny

	WorkerLive     = view.WorkerLive
	WorkerDraining = view.WorkerDraining
	WorkerAway     = view.WorkerAway

	UnmetCancel = view.UnmetCancel
	UnmetFail   = view.UnmetFail
)

// NewTask returns the task as a Task.
func NewTask(t *journal.Task) Task { return view.NewTask(t) }

// NewHistory returns the records of a task as entries of its history.
func NewHistory(records []journal.Record) []HistoryEntry { return view.NewHistory(records) }

// TimeOf returns t as a Time, cut to milliseconds.
func TimeOf(t time.Time) Time { return view.TimeOf(t) }
