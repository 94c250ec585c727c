package broker

import (
	"math/bits"
	"time"

	"bcp/journal"
)

// bucket keeps a rate: each dispatch costs an interval, and is paid for by the time
// that goes by. It may be paid in advance, as many as the burst says.
//
//	          burst - 1 intervals
//	      |<---------------------->|
//	------+----------+-------------+------> time
//	   the next     now          paid: each dispatch moves it on by an interval,
//	 may go from here                  from now if it lies behind
type bucket struct {
	rate  journal.Rate // 0 for none
	burst uint32
	paid  time.Duration
}

// interval is what a dispatch costs. It is rounded up, so that the rate is kept.
func (k *bucket) interval() time.Duration {
	rate := time.Duration(k.rate)
	return (1000*time.Second + rate - 1) / rate
}

// from is when the next one may go; the rate is not 0.
func (k *bucket) from() time.Duration {
	return k.paid - time.Duration(k.burst-1)*k.interval()
}

// pays tells whether one may go now.
func (k *bucket) pays(now Instant) bool { return k.rate == 0 || k.from() <= now.Mono }

// pay takes in that one goes.
func (k *bucket) pay(now Instant) {
	if k.rate > 0 {
		k.paid = max(k.paid, now.Mono) + k.interval()
	}
}

// emptyBuckets is how rates begin after a restart, which must not give another burst.
func (b *Broker) emptyBuckets(now Instant) {
	for _, l := range b.limits {
		if l.rate, l.burst = l.set.Rate, l.set.Burst; l.rate > 0 {
			l.paid = now.Mono + time.Duration(l.burst)*l.interval()
		}
	}
}

// change sets another rate. What was used of the burst stays used, so that nobody
// gets more by changing it again and again; a new one begins with all of it.
func (k *bucket) change(now Instant, before, after *journal.Limit) {
	owed := uint64(0)
	if before.Rate > 0 && after.Rate > 0 {
		was := k.interval()
		k.rate, k.burst = after.Rate, after.Burst
		high, low := bits.Mul64(uint64(max(k.paid-now.Mono, 0)), uint64(k.interval()))
		owed, _ = bits.Div64(high, low, uint64(was)) // at most burst intervals, which fit
		owed = min(owed, uint64(k.burst)*uint64(k.interval()))
	}
	k.rate, k.burst, k.paid = after.Rate, after.Burst, now.Mono+time.Duration(owed)
}
