package worker

import (
	"fmt"
	"log/slog"
	"time"
)

// settleMax is how long the worker waits for the broker to acknowledge the last
// outcomes when the drain's time is up, and for handlers that were stopped beyond
// their grace. It covers one repetition of a lost outcome.
const settleMax = 6 * time.Second

// stage is how far a worker is on its way out.
//
//	working --ctx done--> draining --timeout, HandBack--> returning
//	                         |                              |
//	                         +----------nothing runs--------+--> settling --> left
type stage uint8

const (
	working   stage = iota
	draining        // takes no more; what runs may finish
	returning       // what runs is stopped and handed back
	settling        // nothing runs; outcomes wait for their acknowledgement
	left            // said farewell
)

// farewell is the worker's way out.
type farewell struct {
	stage    stage
	deadline time.Duration // of the stage
}

func (f *farewell) enter(s stage, deadline time.Duration) { f.stage, f.deadline = s, deadline }

// drain takes no more from here on.
func (l *loop) drain() {
	l.stop = nil
	l.log.Info("draining", "running", l.session.Busy(), "timeout", max(0, l.cfg.DrainTimeout))
	l.session.Drain(l.now())
	l.out.enter(draining, l.now()+max(0, l.cfg.DrainTimeout))
}

// hurried is ready when HandBack was called and there is something to hurry.
func (l *loop) hurried() <-chan struct{} {
	if l.out.stage == working {
		return nil
	}
	return l.hurry
}

// handBack stops what runs. If nothing does, there is less time to settle.
func (l *loop) handBack(grace time.Duration) {
	if l.out.stage == settling {
		l.out.deadline = min(l.out.deadline, l.now()+settleMax)
		return
	}
	l.log.Info("handing back what runs", "running", l.session.Busy(), "grace", grace)
	l.session.HandBack(grace)
	l.out.enter(returning, l.now()+grace+settleMax)
}

// advance goes on with the farewell when nothing runs, or when it takes too long.
func (l *loop) advance() {
	if l.out.stage == working || l.out.stage == left {
		return
	}
	if l.out.stage != settling && l.session.Busy() == 0 {
		// The work that an outcome is of is worth as much of the drain's time as
		// work that still runs.
		l.out.enter(settling, max(l.out.deadline, l.now()+settleMax))
	}
	late := l.now() >= l.out.deadline
	switch stage := l.out.stage; {
	case stage == settling && (late || l.session.Unsettled() == 0):
		l.leave()
	case stage == draining && late:
		l.handBack(l.cfg.Grace)
	case stage == returning && late:
		l.err = fmt.Errorf("%w: %d still run", ErrUnfinished, l.session.Busy())
		l.leave()
	}
}

// leave says farewell.
func (l *loop) leave() {
	level := slog.LevelInfo
	if l.session.Unsettled() > 0 {
		level = slog.LevelWarn // work that was done is lost
	}
	l.log.Log(l.values, level, "leaving", "unacknowledged", l.session.Unsettled())
	l.session.Leave()
	l.out.stage = left
}
