package session

import (
	"time"

	"bcp/broker/wire"
)

// queue holds requests in the order in which they are due. As all of them are
// due equally long after they were sent, or have left, that is the order of sending,
// and no heap is needed.
type queue struct {
	every time.Duration
	items []*request
}

// push notes that the request is sent now.
func (q *queue) push(now time.Duration, r *request) {
	r.due, r.left = now+q.every, false
	q.items = append(q.items, r)
}

// haveLeft takes in that all requests have left by now, so that their answers are waited for
// from now on. Those of which that was known are at the front, and are due when they were.
func (q *queue) haveLeft(now time.Duration) {
	for i := len(q.items) - 1; i >= 0 && !q.items[i].left; i-- {
		q.items[i].due, q.items[i].left = now+q.every, true
	}
}

// first returns the request that is due first, nil if there is none. Requests
// that are over are dropped on the way.
func (q *queue) first() *request {
	for len(q.items) > 0 && q.items[0].over {
		q.pop()
	}
	if len(q.items) == 0 {
		return nil
	}
	return q.items[0]
}

func (q *queue) pop() *request {
	r := q.items[0]
	q.items[0] = nil
	q.items = q.items[1:]
	return r
}

func (q *queue) clear() { q.items = nil }

// earlier returns the earlier of t and when the first request is due.
func (q *queue) earlier(t time.Duration) time.Duration {
	if r := q.first(); r != nil {
		return min(t, r.due)
	}
	return t
}

// Congested tells whether much of what was sent waits to leave this process. As long as it
// does, nothing is sent again for a late answer: that would only make the wait longer. When it
// has left, it is due as if it was sent then; but once only, so that a line that is congested
// again and again puts nothing off for ever.
func (s *Session) Congested(now time.Duration, is bool) {
	if s.congested && !is {
		s.resends.haveLeft(now)
		s.waits.haveLeft(now)
	}
	s.congested = is
}

// mayResend tells whether this is a time to send something again.
func (s *Session) mayResend() bool { return s.state == open && !s.congested }

// resend sends what has waited for its answer too long.
func (s *Session) resend(now time.Duration) {
	for _, q := range []*queue{&s.resends, &s.waits} {
		for r := q.first(); r != nil && r.due <= now; r = q.first() {
			s.again(now, q, q.pop())
		}
	}
}

// resendAll sends everything in the queue, in the order of the last time.
func (s *Session) resendAll(now time.Duration, q *queue) {
	for n := len(q.items); n > 0; n-- {
		s.again(now, q, q.pop())
	}
}

// again sends a request once more, unless there is nothing left to ask.
func (s *Session) again(now time.Duration, q *queue, r *request) {
	if m, ok := r.msg.(*wire.Wait); ok {
		r.msg, r.over = s.trim(m)
	}
	if r.over {
		return
	}
	q.push(now, r)
	s.sendRequest(r)
}
