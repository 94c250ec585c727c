package answer

import (
	"slices"
	"strings"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/journal"
)

// NewQueue returns the queue as it is shown.
func NewQueue(q *broker.QueueInfo, oldest *Oldest) view.Queue {
	target := view.NewTarget(q.Target)
	v := view.Queue{
		Kind: target.Kind, Name: target.Name, Workers: q.Workers, Waiting: q.Waiting, Running: q.Running,
	}
	if at, found := oldest.AtMS[q.Target]; found {
		v.OldestAt = view.Time(at)
	} else if q.Waiting > 0 {
		v.OldestAfter = view.Time(oldest.AfterMS)
	}
	if q.Rated {
		v.Submitted, v.Ended = newRates(q.Submitted), newRates(q.Ended)
	}
	if in, ok := q.EmptyIn(); ok {
		ms := in.Milliseconds()
		v.EmptyInMS = &ms
	}
	return v
}

func newRates(r [3]float64) *view.Rates { return &view.Rates{M1: r[0], M5: r[1], M15: r[2]} }

// queues returns a page of the queues. A cursor is the target of the last one of the page
// before.
func queues(j Journal, look Look, asked *wire.Show) (list []byte, cursor string, err error) {
	last, err := parseTarget(asked.After)
	if err != nil {
		return nil, "", err
	}
	var known []broker.QueueInfo
	if err := look(func(now broker.Instant, b *broker.Broker) { known = b.Queues(now) }); err != nil {
		return nil, "", err
	}
	known = slices.DeleteFunc(known, func(q broker.QueueInfo) bool {
		return asked.After != "" && broker.OrderQueues(q.Target, last) <= 0
	})
	known, more := known[:min(len(known), itemsOf(asked))], len(known) > itemsOf(asked)
	oldest, err := FindOldest(j, known, oldestSeen, nil)
	if err != nil {
		return nil, "", err
	}
	shown := make([]view.Queue, 0, len(known))
	for i := range known {
		shown = append(shown, NewQueue(&known[i], &oldest))
	}
	list, n, err := page(shown, itemsOf(asked))
	if err != nil {
		return nil, "", err
	}
	if more || n < len(shown) {
		cursor = known[n-1].Target.Words()
	}
	return list, cursor, nil
}

// parseTarget reads what Target.Words has written; "" is none.
func parseTarget(words string) (t journal.Target, err error) {
	if words == "" {
		return t, nil
	}
	kind, name, _ := strings.Cut(words, "/")
	for _, k := range []journal.TargetKind{journal.ToWorker, journal.ToService, journal.ToAny} {
		if k.Words() == kind {
			return journal.Target{Kind: k, Name: name}, nil
		}
	}
	return t, badCursor(words)
}
