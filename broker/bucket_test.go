package broker

import (
	"math/rand/v2"
	"testing"
	"time"

	"bcp/journal"
)

// burst takes what there is at a moment, and returns how many that were.
func (k *bucket) burstAt(at time.Duration) (n int) {
	for now := (Instant{Mono: at}); k.pays(now) && n < 1000; n++ {
		k.pay(now)
	}
	return n
}

func TestBucket(t *testing.T) {
	none, two := &journal.Limit{}, &journal.Limit{Rate: 2000, Burst: 3}
	k := bucket{}
	if got := k.burstAt(0); got != 1000 {
		t.Fatalf("without a rate %d go at once", got)
	}
	k.change(Instant{Mono: time.Hour}, none, two)
	for i, step := range []struct {
		at   time.Duration
		want int
	}{
		{0, 3},
		{0, 0},
		{499 * time.Millisecond, 0},
		{500 * time.Millisecond, 1},
		{time.Second, 1},
		{1400 * time.Millisecond, 0},
		{2 * time.Second, 2},
		{time.Minute, 3},
		{time.Minute, 0},
	} {
		if got := k.burstAt(time.Hour + step.at); got != step.want {
			t.Errorf("step %d: %d go at %v, want %d", i, got, step.at, step.want)
		}
	}
}

// A rate that is changed again and again gives no more for it.
func TestBucketChanges(t *testing.T) {
	two, four := &journal.Limit{Rate: 2000, Burst: 3}, &journal.Limit{Rate: 4000, Burst: 8}
	k, now := bucket{}, Instant{Mono: time.Hour}
	k.change(now, &journal.Limit{}, two)
	if got := k.burstAt(now.Mono); got != 3 {
		t.Fatalf("%d go at first", got)
	}
	for range 10 {
		k.change(now, two, four)
		k.change(now, four, two)
	}
	if got := k.burstAt(now.Mono); got != 0 {
		t.Errorf("%d go after changes, without any time that went by", got)
	}
	k.change(now, two, four) // three of eight are used, then
	if got := k.burstAt(now.Mono); got != 5 {
		t.Errorf("%d go after the burst was raised from 3 to 8, want 5", got)
	}
	k.change(now, four, &journal.Limit{})
	if got := k.burstAt(now.Mono); got != 1000 {
		t.Errorf("%d go at once after the rate is gone", got)
	}
}

// However time goes by, there are never more in a time than the rate gives in it
// and the burst.
func TestBucketBound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		l := &journal.Limit{Rate: journal.Rate(1 + r.IntN(10_000)), Burst: 1 + r.Uint32N(5)}
		evenly := 1000 * time.Second / time.Duration(l.Rate) // between two
		k, at := bucket{}, time.Duration(0)
		k.change(Instant{}, &journal.Limit{}, l)
		var went []time.Duration
		for range 100 {
			at += time.Duration(r.Int64N(int64(3 * evenly)))
			for range k.burstAt(at) {
				went = append(went, at)
			}
		}
		for i := range went {
			for j := i; j < len(went); j++ {
				if more := j - i + 1 - int(l.Burst); more > 0 && went[j]-went[i] < time.Duration(more)*evenly {
					t.Fatalf("%+v: %d go in %v", *l, j-i+1, went[j]-went[i])
				}
			}
		}
		if want := int(at/evenly) / 4; len(went) < want {
			t.Fatalf("%+v: only %d go in %v", *l, len(went), at)
		}
	}
}

// A rate that is set after none was begins with all of its burst, whatever was paid in
// advance for one before.
func TestBucketSetAgain(t *testing.T) {
	slow, none, fast := &journal.Limit{Rate: 17, Burst: 60}, &journal.Limit{}, &journal.Limit{Rate: 10_000, Burst: 10}
	k, now := bucket{}, Instant{Mono: time.Hour}
	k.change(now, none, slow)
	if got := k.burstAt(now.Mono); got != 60 {
		t.Fatalf("%d go at first", got)
	}
	k.change(now, slow, none)
	k.change(now, none, fast)
	if got := k.burstAt(now.Mono); got != 10 {
		t.Errorf("%d go at once, want 10", got)
	}
	if got := k.from() - now.Mono; got != 100*time.Millisecond {
		t.Errorf("the next one goes in %v", got)
	}
}
