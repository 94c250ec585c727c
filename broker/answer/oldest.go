package answer

import (
	"fmt"

	"bcp/broker"
	"bcp/journal"
)

// Limits of a look for the oldest tasks.
const (
	oldestSeen = 20_000 // tasks that are looked at for a page of queues, about 100 ms
	oldestPage = 200    // of these in one read transaction, about a millisecond
)

// Oldest is when the oldest of the tasks that wait for a target was submitted, in Unix
// milliseconds.
type Oldest struct {
	AtMS map[journal.Target]int64
	// AfterMS is when the last task was submitted that was looked at, if not all were: those
	// of a target that is not in AtMS came later. Else 0.
	AfterMS int64
}

// FindOldest looks for the oldest tasks that wait in each of the queues. It reads the
// tasks that have not ended in the order of their submits, until it has found one for each
// queue in which some wait, or has looked at so many; 0 means all: about 7 us for each. It
// stops with the first error of check, which may be nil, and is asked for each page of them.
func FindOldest(j journal.Scanner, queues []broker.QueueInfo, most int, check func() error) (o Oldest, err error) {
	missing := waiting(queues)
	o.AtMS = make(map[journal.Target]int64, len(missing))
	r := journal.Range{Live: true, Limit: oldestPage}
	lastMS := int64(0)
	for seen, more := 0, true; more && len(missing) > 0; {
		if most > 0 && seen >= most {
			o.AfterMS = lastMS
			break
		}
		if check != nil {
			if err := check(); err != nil {
				return o, err
			}
		}
		more, err = j.Scan(r, func(e journal.Entry) error {
			t := &e.Task
			if target := t.Spec.Target; missing[target] && waits(t) {
				delete(missing, target)
				o.AtMS[target] = t.SubmittedMS
			}
			r.After, lastMS = t.ID, t.SubmittedMS
			seen++
			return nil
		})
		if err != nil {
			return o, fmt.Errorf("scan the journal: %w", err)
		}
	}
	return o, nil
}

// waits tells whether a task waits for a worker, or a member does that has no row yet.
func waits(t *journal.Task) bool {
	return t.State == journal.Pending || t.Tally != nil && t.Tally.Unstarted() > 0
}

// waiting has the targets that tasks wait for.
func waiting(queues []broker.QueueInfo) map[journal.Target]bool {
	targets := make(map[journal.Target]bool, len(queues))
	for i := range queues {
		if queues[i].Waiting > 0 {
			targets[queues[i].Target] = true
		}
	}
	return targets
}
