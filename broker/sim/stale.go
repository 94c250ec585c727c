package sim

import (
	"slices"

	"bcp/broker"
	"bcp/broker/wire"
)

// A worker that comes back may have attempts that are its tasks' no more. Each word about one
// has it stopped, so that a broker which passes one of these by is seldom seen to do so: another
// word follows, or the attempt ends by itself.

// listed returns what a worker says that it has.
func listed(m wire.Message) []wire.Item {
	switch m := m.(type) {
	case *wire.Register:
		return m.Inventory
	case *wire.WorkerBeat:
		return m.Inventory
	}
	return nil
}

// judgeStale tells whether a worker that lists attempts, and is let in, is told at once to stop
// those that are over.
func (o *oracle) judgeStale(from wire.Peer, items []wire.Item, answers []broker.Send) {
	refused := slices.ContainsFunc(answers, func(s broker.Send) bool {
		_, ok := s.Msg.(*wire.Refuse)
		return ok && s.To == from
	})
	for _, item := range items {
		if refused || item.Phase == wire.PhaseEnded || !o.isOver(item.Ref) {
			continue
		}
		if !slices.ContainsFunc(answers, func(s broker.Send) bool { return stops(s, from, item.Ref) }) {
			o.w.fail("%s lists attempt %s-%d, which is over, and is not told to stop it", o.claims[from].name, item.Task, item.Attempt)
		}
		o.w.cover.add("stale", "an attempt that a worker lists")
	}
}

// isOver tells whether an attempt was its task's, as the journal says, and is so no more.
func (o *oracle) isOver(ref wire.Ref) bool {
	e, err := o.w.broker.store.Get(ref.Task)
	if err != nil {
		return o.isForgotten(ref.Task)
	}
	return ref.Attempt < e.Task.Attempt || ref.Attempt == e.Task.Attempt && !e.Task.Active()
}

func stops(s broker.Send, at wire.Peer, ref wire.Ref) bool {
	m, ok := s.Msg.(*wire.Stop)
	return ok && s.To == at && m.Ref == ref
}
