package broker

import (
	"bcp/broker/wire"
	"bcp/journal"
)

// show answers with what is to be shown of a task, or of all queues or workers. It is
// made beside the loop, which is only looked into: who performs the send has package
// broker/answer fill it in.
func (b *Broker) show(now Instant, from wire.Peer, m *wire.Show) {
	var about journal.ID
	if m.What.OfTask() {
		_, t, ok := b.findFor(now, from, &wire.Refuse{Req: m.Req, Key: m.Key}, m.Task)
		if !ok {
			return
		}
		about = t.ID
	} else if b.sessionOf(now, from, m.Req) == nil {
		return
	}
	b.sendLoaded(from, &wire.Shown{Req: m.Req, Of: m}, LoadShown, about)
}
