package api

import "bcp/broker"

// Status is how the broker stands.
type Status struct {
	Version   string   `json:"version"`
	Broker    string   `json:"broker"` // identity of the journal, 32 hex digits
	Epoch     uint64   `json:"epoch"`  // counts the starts on this journal
	Schema    uint32   `json:"schema"` // of the journal file
	Journal   string   `json:"journal,omitempty"`
	Endpoints []string `json:"endpoints"`
	StartedAt Time     `json:"started_at,omitzero"`
	Now       Time     `json:"now"`

	Tasks    TaskCounts `json:"tasks"`
	Workers  int        `json:"workers"`  // heard from in time
	Away     int        `json:"away"`     // awaited, for they have attempts
	Sessions int        `json:"sessions"` // clients
	Totals   Totals     `json:"totals"`
	Disk     *Disk      `json:"disk,omitempty"` // if the broker watches it
}

// Disk is how the journal's disk stands.
type Disk struct {
	Free int64 `json:"free"` // bytes that can be written, also within the journal's file
	Kept int64 `json:"kept"` // of these, those that are kept for the ends of what was accepted
	Full bool  `json:"full"` // new tasks are refused
}

// DiskOf gives what the core knows of the disk.
func DiskOf(s broker.Space) *Disk {
	if !s.Watched {
		return nil
	}
	return &Disk{Free: s.Free, Kept: s.Kept, Full: s.Full}
}

// TaskCounts are the tasks in the journal.
type TaskCounts struct {
	Pending    int    `json:"pending"`
	Dispatched int    `json:"dispatched"`
	Running    int    `json:"running"`
	Canceling  int    `json:"canceling"`
	Ended      uint64 `json:"ended"` // that are still kept
}

// Totals count what happened since the broker's start.
type Totals struct {
	Submitted uint64 `json:"submitted"`
	Done      uint64 `json:"done"`
	Failed    uint64 `json:"failed"`
	Canceled  uint64 `json:"canceled"`
	Attempts  uint64 `json:"attempts"`
	Lost      uint64 `json:"lost"`    // attempts whose worker was lost
	Refused   uint64 `json:"refused"` // requests of peers
}

// SetStats fills in the core's counters.
func (s *Status) SetStats(c broker.Stats) {
	s.Tasks.Pending, s.Tasks.Dispatched = c.Pending, c.Dispatched
	s.Tasks.Running, s.Tasks.Canceling = c.Running, c.Canceling
	s.Workers, s.Away, s.Sessions = c.Workers, c.Away, c.Sessions
	s.Totals = Totals{
		Submitted: c.Submitted, Done: c.Done, Failed: c.Failed, Canceled: c.Canceled,
		Attempts: c.Attempts, Lost: c.Lost, Refused: c.Refused,
	}
}

// Health answers GET /healthz.
type Health struct {
	Status string `json:"status"`         // ok: the broker's loop answered
	Disk   string `json:"disk,omitempty"` // full: new tasks are refused until there is room
}
