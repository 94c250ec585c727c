package session

import (
	"time"

	"bcp/broker/wire"
	"bcp/journal"
)

// SubmitBatch asks for many tasks, all or none, with a tag for each. The session
// fills in the request's number, and a key for each task that has none; the message
// is the session's from then on. It is refused with wire.CodeBusy when CanSubmit is
// false; a batch may go over the limit of tasks, once there is room.
func (s *Session) SubmitBatch(now time.Duration, m *wire.SubmitBatch, tags []any) {
	s.ask(now, s.CanSubmit(), &request{msg: m, tags: tags})
}

// batchAccepted notes the tasks of a batch, as accepted does.
func (s *Session) batchAccepted(now time.Duration, m *wire.BatchAccepted) {
	r := s.unanswered[m.Req]
	if r == nil {
		return
	}
	batch, ok := r.msg.(*wire.SubmitBatch)
	if !ok || len(m.Accepted) != len(batch.Submits) {
		return
	}
	s.settle(m.Req, r)
	var later []journal.ID
	for i := range m.Accepted {
		if s.acceptedOne(&batch.Submits[i], &m.Accepted[i], r.tags[i]) {
			later = append(later, m.Accepted[i].Task)
		}
	}
	s.askLater(now, later)
}
