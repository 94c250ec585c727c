package view

import "bcp/journal"

// HistoryEntry is one step of a task's life.
type HistoryEntry struct {
	At      Time   `json:"at"`
	Kind    string `json:"kind"` // submit, dispatch, start, cancel, stop, requeue, end, hold, release, met, exhausted, edit, member, join, tally
	Attempt uint32 `json:"attempt"`
	Worker  string `json:"worker,omitempty"`
	State   string `json:"state,omitempty"` // of an end
	Reason  string `json:"reason,omitempty"`
	By      string `json:"by,omitempty"`
	Text    string `json:"text,omitempty"`
	Class   string `json:"class,omitempty"`    // of a requeue, an end or an exhausted: the sort of error
	DelayMS int64  `json:"delay_ms,omitempty"` // of a requeue: the wait before the next attempt
	Other   string `json:"other,omitempty"`    // of a met: the task that was waited for, for its end or for its Worker

	Changes []string `json:"changes,omitempty"` // of an edit: what was changed, and to what
}

// NewHistory returns a task's records as they are shown. A record that
// doesn't name its worker has that of its attempt.
func NewHistory(records []journal.Record) []HistoryEntry {
	entries := make([]HistoryEntry, 0, len(records))
	worker := ""
	for i := range records {
		r := &records[i]
		if r.Worker != "" && r.Kind != journal.KindMet {
			worker = r.Worker
		}
		e := HistoryEntry{
			At: Time(r.Time), Kind: r.Kind.String(), Attempt: r.Attempt,
			Reason: r.Reason.String(), By: r.By, Text: r.Text, Class: r.Class, DelayMS: r.DelayMS,
		}
		if r.Attempt > 0 || r.Kind == journal.KindJoin {
			e.Worker = worker
		}
		switch r.Kind {
		case journal.KindEdit:
			e.Changes = journal.ChangeTexts(r)
		case journal.KindEnd:
			e.State = r.State.String()
		case journal.KindMet:
			e.Other, e.Worker = r.Other.String(), r.Worker
		}
		entries = append(entries, e)
	}
	return entries
}
