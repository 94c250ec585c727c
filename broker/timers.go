package broker

import "time"

// timer is a deadline of its owner, which embeds it: each has one at a time.
type timer struct {
	at    time.Duration
	order uint64 // ties are broken by the order of arming
	owner owner

	inRanking // of the timers, while it is armed
}

// owner is told when its deadline has come.
type owner interface{ due(b *Broker, now Instant) }

// arm sets the deadline, in place of an earlier one.
func (b *Broker) arm(t *timer, o owner, at time.Duration) {
	b.uses++
	t.at, t.order, t.owner = at, b.uses, o
	b.timers.put(t)
}

func (b *Broker) disarm(t *timer) { b.timers.remove(t) }

func (t *timer) before(other *timer) bool {
	if t.at != other.at {
		return t.at < other.at
	}
	return t.order < other.order
}
