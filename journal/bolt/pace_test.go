package bolt

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Who works beside a broker rests after so much work, and not after each bit of it; who
// doesn't never does.
func TestPacer(t *testing.T) {
	for _, c := range []struct {
		pacer
		want error
	}{
		{pacer{}, nil},
		{pacer{owed: time.Hour}, nil},
		{pacer{rests: true, owed: -time.Hour}, nil},
		{pacer{rests: true, owed: time.Hour}, context.Canceled},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		p := c.pacer
		err := p.run(ctx, func() error { cancel(); return nil })
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: %v; want %v", c.pacer, err, c.want)
		}
		if c.want != nil && p.owed != 0 {
			t.Errorf("%v of rest are owed after one", p.owed)
		}
	}
}
