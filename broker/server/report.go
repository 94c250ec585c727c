package server

import (
	"fmt"
	"time"

	"bcp/broker"
	"bcp/journal"
)

// Report tells what was found in the journal at the start.
type Report struct {
	Meta  journal.Meta
	Found []Found       // by state, in the order of a task's life
	Took  time.Duration // to read it
}

// Found counts the tasks of one state.
type Found struct {
	State journal.State
	Tasks int
	Next  string // what becomes of them, for the operator
}

func newReport(meta journal.Meta, s broker.Stats, cfg broker.Config, took time.Duration) Report {
	awaited := fmt.Sprintf("their workers are awaited for %v, then %s unless the task says otherwise", cfg.ReattachGrace, cfg.OnLoss)
	return Report{Meta: meta, Took: took, Found: []Found{
		{journal.Pending, s.Pending, "offered to workers"},
		{journal.Dispatched, s.Dispatched, awaited},
		{journal.Running, s.Running, awaited},
		{journal.Canceling, s.Canceling, fmt.Sprintf("stopped when their workers return, canceled after %v", cfg.ReattachGrace)},
	}}
}
