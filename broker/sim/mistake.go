package sim

import (
	"slices"
	"time"

	"bcp/broker"
	"bcp/broker/wire"
	"bcp/journal"
	"bcp/journal/bolt/power"
)

// Mistake is a mistake that the simulator makes on purpose between the core and its
// surroundings. A test shows by it that the oracle finds it.
type Mistake uint8

const (
	NoMistake           Mistake = iota
	SendBeforeCommit            // sends leave when the commit begins
	LoseRecord                  // the last record of some batches never reaches the store
	SurviveFailedCommit         // a failed commit is taken for a good one
	ForgeAttempt                // a word about any attempt is taken for one about the current
	ForgetResend                // an end is told once, whether it arrives or not
	DoubleDispatch              // an attempt is given to a second worker as well
	ChangeEnd                   // a failure is told as a success
	LoseStop                    // no worker is told to stop
	ForgetPriority              // a restart takes every task for one without a priority
	ForgetHold                  // a restart takes every task for one that is not held
	ForgetAfter                 // a restart takes every task for one that waits for no other
	HastenClock                 // the broker's clock is twice as fast
	ForgetSoon                  // tasks are kept for half of the time
	ForgetAsked                 // tasks are kept as the broker likes, whatever they ask for
	ForgetKeys                  // keys are forgotten with their tasks
	NeverForget                 // nothing is forgotten for its age
	ForgetCheckpoint            // a restart forgets what attempts have saved
	ForgetDeclined              // a restart forgets which process has declined a task
	ForgetFailing               // a restart takes every task for one that says nothing of how it may fail
	ForgetTurns                 // all clients are taken for one
	ForgetLimits                // a restart forgets what limits are set
	ForgetEdits                 // a restart takes every task for one that nobody has changed
	ForgetArrayLimit            // a restart forgets how many members of an array may be out
	ForgetTally                 // a restart forgets how an array's members stand
	SplitBatch                  // of some batches only a part is committed before the process dies
	ForgetWhere                 // a restart takes every task for one that any worker may do
	ForgetAway                  // a restart takes every broadcast for one that waits for who is away
	ForgetNeeds                 // a restart takes every task for one that needs no resources
	MetaUnsynced                // a commit returns before its meta page is on the disk
	MetaFirst                   // a commit's meta page may be on the disk before its other pages
	PayloadUnsynced             // a payload is written apart, and its file not synced
	NameUnsynced                // the name of such a file is not synced
	LogUnsynced                 // a commit returns before its entry of the log is on the disk
	mistakes                    // how many there are, with none
)

var mistakeNames = [mistakes]string{
	NoMistake: "none", SendBeforeCommit: "send before commit", LoseRecord: "lose a record",
	SurviveFailedCommit: "survive a failed commit", ForgeAttempt: "forge the attempt",
	ForgetResend: "forget to resend", DoubleDispatch: "dispatch twice", ChangeEnd: "change the end",
	LoseStop: "lose the stop", ForgetPriority: "forget the priority", ForgetHold: "forget the hold",
	ForgetAfter: "forget what to wait for", HastenClock: "hasten the clock",
	ForgetSoon: "forget too soon", ForgetAsked: "forget what asks to be kept",
	ForgetKeys: "forget keys", NeverForget: "never forget",
	ForgetDeclined: "forget who has declined",
	ForgetTurns:    "forget whose turn it is", ForgetLimits: "forget the limits",
	ForgetCheckpoint: "forget the checkpoint", SplitBatch: "split a batch", ForgetEdits: "forget the edits",
	ForgetArrayLimit: "forget the limit of an array", ForgetTally: "forget the tally of an array",
	ForgetWhere: "forget where", ForgetNeeds: "forget what is needed",
	MetaUnsynced: "do not sync the meta page", MetaFirst: "write the meta page first",
	PayloadUnsynced: "do not sync a payload", NameUnsynced: "do not sync the name of a payload",
	LogUnsynced:   "do not sync the log",
	ForgetFailing: "forget how it may fail", ForgetAway: "forget what becomes of who is away",
}

// String returns what the mistake is, in words.
func (m Mistake) String() string { return mistakeNames[m] }

// Mistakes lists all mistakes.
func Mistakes() (all []Mistake) {
	for m := NoMistake + 1; m < mistakes; m++ {
		all = append(all, m)
	}
	return all
}

// lies are what the disk says then.
func (m Mistake) lies() power.Lies {
	return power.Lies{
		Meta: m == MetaUnsynced, Order: m == MetaFirst, Files: m == PayloadUnsynced, Folders: m == NameUnsynced,
		Log: m == LogUnsynced,
	}
}

// overdo changes what pruning goes by.
func (w *world) overdo(r journal.Retention) journal.Retention {
	switch w.mistake {
	case ForgetSoon:
		r.EndedMS /= 2
	case ForgetKeys:
		r.Keys = 0
	case NeverForget:
		r.NowMS = 0
	}
	return r
}

// forgetful changes what a core is restored from.
func (w *world) forgetful(core *broker.Broker) func(*journal.LiveRow) error {
	if w.mistake == NoMistake {
		return core.RestoreRow
	}
	return func(row *journal.LiveRow) error {
		records, err := row.Records()
		if err != nil {
			return err
		}
		var kept []journal.Record
		for _, r := range records {
			if r.Kind == journal.KindSubmit {
				r.Spec = w.forgotten(*r.Spec)
			}
			if w.mistake == ForgetDeclined {
				r.Instance = [16]byte{}
			}
			if !w.forgets(r.Kind) {
				kept = append(kept, r)
			}
		}
		return core.Restore(row.ID, kept)
	}
}

// settings reads the journal's settings, or what a restart remembers of them.
func (w *world) settings(restore func(journal.Record) error) error {
	if w.mistake == ForgetLimits {
		return nil
	}
	return w.broker.store.Settings(restore)
}

func (w *world) forgotten(spec journal.Spec) *journal.Spec {
	switch w.mistake {
	case ForgetPriority:
		spec.Priority = 0
	case ForgetHold:
		spec.Hold = false
	case ForgetAfter:
		spec.After = nil
	case ForgetArrayLimit:
		spec.ArrayRunning = 0
	case ForgetAway:
		spec.OnAway = journal.AwayWait
	case ForgetWhere:
		spec.Where = ""
	case ForgetNeeds:
		spec.Resources = nil
	case ForgetFailing:
		spec.TriesCount, spec.FatalClasses, spec.HoldExhausted = 0, nil, false
	}
	return &spec
}

// forgets tells whether a record is of what a restart forgets.
func (w *world) forgets(kind journal.Kind) bool {
	switch kind {
	case journal.KindHold, journal.KindRelease:
		return w.mistake == ForgetHold
	case journal.KindMet:
		return w.mistake == ForgetAfter
	case journal.KindEdit:
		return w.mistake == ForgetEdits
	case journal.KindCheckpoint:
		return w.mistake == ForgetCheckpoint
	case journal.KindTally:
		return w.mistake == ForgetTally
	}
	return false
}

// hasten is what the broker takes a time for.
func (w *world) hasten(d time.Duration) time.Duration {
	if w.mistake == HastenClock {
		return 2 * d
	}
	return d
}

// unhasten turns hasten around.
func (w *world) unhasten(d time.Duration) time.Duration {
	if w.mistake == HastenClock {
		return d / 2
	}
	return d
}

// tamper returns the records of a batch that reach the store.
func (w *world) tamper(records []journal.Record) []journal.Record {
	if w.mistake == LoseRecord && w.fault(100) {
		return slices.Clone(records[:len(records)-1])
	}
	if w.mistake == SplitBatch && w.fault(100) {
		return slices.Clone(records[:splitAt(records)])
	}
	if w.mistake == ForgetAsked {
		records = slices.Clone(records)
		for i := range records {
			records[i].KeepMS = 0
		}
	}
	return records
}

// splitAt returns where a commit would be split within a batch, or else its end.
func splitAt(records []journal.Record) int {
	for i := range records[1:] {
		if records[i].Kind == journal.KindSubmit && records[i+1].Kind == journal.KindSubmit {
			return i + 1
		}
	}
	return len(records)
}

// forge changes what the core hears.
func (w *world) forge(m wire.Message) {
	if w.mistake != ForgeAttempt {
		return
	}
	if o, ok := m.(*wire.Outcome); ok {
		if e, err := w.broker.store.Get(o.Task); err == nil {
			o.Attempt = e.Task.Attempt
		}
	}
}

// takeForOne lets every client's session look like one of the same client.
func (w *world) takeForOne(m wire.Message) {
	if h, ok := m.(*wire.Hello); ok && w.mistake == ForgetTurns {
		h.Session = shared + h.Session
	}
}

// garble changes what leaves the core; nil for nothing.
func (w *world) garble(s broker.Send, m wire.Message) wire.Message {
	switch m := m.(type) {
	case *wire.Ended:
		return w.garbleEnd(s, m)
	case *wire.Dispatch:
		if w.mistake == DoubleDispatch {
			w.dispatchAgain(s, m)
		}
	case *wire.Stop:
		if w.mistake == LoseStop {
			return nil
		}
	}
	return m
}

func (w *world) garbleEnd(s broker.Send, m *wire.Ended) wire.Message {
	switch {
	case w.mistake == ForgetResend && s.Load == broker.LoadResult:
		return nil
	case w.mistake == ChangeEnd && m.State == journal.Failed:
		changed := *m
		changed.State = journal.Done
		return &changed
	}
	return m
}

func (w *world) dispatchAgain(s broker.Send, m *wire.Dispatch) {
	for _, k := range w.workers {
		if k.conn != nil && k.conn.route != s.To.Route {
			k.take(m)
		}
	}
}
