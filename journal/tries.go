package journal

import "slices"

// Counts is a set of ways in which an attempt can come to nothing, as bits. The
// list is append-only: bits are on disk and on the wire.
type Counts uint8

const (
	CountError   Counts = 1 // the worker reported a failure, or could not start the attempt
	CountTimeout Counts = 2 // the broker stopped it: it took too long
	CountLost    Counts = 4 // it was lost with its worker, or without a trace

	countsDefault = CountError | CountTimeout // for tasks that don't say
)

var countNames = []string{"error", "timeout", "lost"}

// waysOf tells of which sort a reason is, 0 for one that is nobody's fault.
var waysOf = map[Reason]Counts{
	ReasonError: CountError, ReasonRefused: CountError, ReasonNever: CountError,
	ReasonStartTimeout: CountTimeout, ReasonRunTimeout: CountTimeout, ReasonSilence: CountTimeout, ReasonLifeTimeout: CountTimeout,
	ReasonLost: CountLost, ReasonMissing: CountLost, ReasonLossLimit: CountLost,
}

// CountsAsTry tells whether an attempt that is over for the reason uses up one of
// the task's tries.
func (s *Spec) CountsAsTry(why Reason) bool {
	counts := s.TriesCount
	if counts == 0 {
		counts = countsDefault
	}
	return waysOf[why]&counts != 0
}

// IsFatal tells whether an error of the class ends the task, whatever tries are left.
func (s *Spec) IsFatal(class string) bool { return slices.Contains(s.FatalClasses, class) }

// BetweenTries tells whether the task waits between two tries, and not just for a time that
// was asked for.
func (t *Task) BetweenTries(nowMS int64) bool {
	return t.State == Pending && !t.Held && t.tryMS > nowMS
}

// count books an attempt that is over.
func (t *Task) count(why Reason) {
	switch waysOf[why] {
	case CountError, CountTimeout:
		t.Failures++
	case CountLost:
		t.Losses++
	}
	if t.Spec.CountsAsTry(why) {
		t.Tries++
	}
}

// refresh gives the task all its tries and losses again.
func (t *Task) refresh() { t.Tries, t.Failures, t.Losses = 0, 0, 0 }
