package bolt

import (
	"context"
	"time"
)

// pacer has work that goes on beside a broker take turns with rests: the broker wants
// the processor, and the disk, as well. The zero value has no rests.
type pacer struct {
	rests bool
	owed  time.Duration // since the last rest
}

// restMin is how long a rest is at least: a timer takes a part of that to wake.
const restMin = time.Millisecond

// run runs fn, and then rests for as long as that took.
func (p *pacer) run(ctx context.Context, fn func() error) error {
	from := time.Now()
	if err := andThen(ctx.Err(), fn); err != nil || !p.rests {
		return err
	}
	if p.owed += time.Since(from); p.owed < restMin {
		return nil
	}
	owed := p.owed
	p.owed = 0
	select {
	case <-time.After(owed):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
