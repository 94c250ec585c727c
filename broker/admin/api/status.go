package api

import "bcp/broker"

// Status is the status of the broker: GET /v1/status.
type Status struct {
	Version   string   `json:"version"`
	Broker    string   `json:"broker"` // the identity of the journal, 32 hex digits
	Epoch     uint64   `json:"epoch"`  // how often a broker has been started on this journal
	Schema    uint32   `json:"schema"` // the schema of the journal's file
	Journal   string   `json:"journal,omitempty"`
	Endpoints []string `json:"endpoints"`
	StartedAt Time     `json:"started_at,omitzero"`
	Now       Time     `json:"now"`

	Tasks    TaskCounts `json:"tasks"`
	Workers  int        `json:"workers"`  // live workers: those that were heard from in time
	Away     int        `json:"away"`     // other workers that the broker waits for
	Sessions int        `json:"sessions"` // sessions of clients
	Totals   Totals     `json:"totals"`
	Disk     *Disk      `json:"disk,omitempty"` // if the broker watches it, or the journal's file is lost
}

// Disk says how much room the journal's disk has.
type Disk struct {
	Free int64 `json:"free"` // bytes that can be written, including free pages of the journal's file
	Kept int64 `json:"kept"` // of these, bytes that are reserved for the ends of accepted tasks
	Full bool  `json:"full"` // new tasks are refused
	Lost bool  `json:"lost"` // they are, for the journal's file has been moved or removed
}

// DiskOf returns what the core knows of the disk.
func DiskOf(s broker.Space) *Disk {
	if !s.Watched && !s.Lost {
		return nil
	}
	return &Disk{Free: s.Free, Kept: s.Kept, Full: s.Full, Lost: s.Lost}
}

// TaskCounts says how many tasks of the journal are in each state.
type TaskCounts struct {
	Pending    int    `json:"pending"`
	Dispatched int    `json:"dispatched"`
	Running    int    `json:"running"`
	Canceling  int    `json:"canceling"`
	Ended      uint64 `json:"ended"` // ended tasks that are still kept
}

// Totals counts what has happened since the broker was started.
type Totals struct {
	Submitted uint64 `json:"submitted"`
	Done      uint64 `json:"done"`
	Failed    uint64 `json:"failed"`
	Canceled  uint64 `json:"canceled"`
	Attempts  uint64 `json:"attempts"`
	Lost      uint64 `json:"lost"`    // attempts whose worker was lost
	Refused   uint64 `json:"refused"` // requests of peers that were refused
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
	Status string `json:"status"`         // ok: the broker's loop has answered
	Disk   string `json:"disk,omitempty"` // full, or lost as in Disk: new tasks are refused until there is room again, or the journal's file is back
}
