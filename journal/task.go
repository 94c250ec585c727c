package journal

import "math"

// TargetKind says how a task names who shall do it. Append-only: on disk and
// on the wire.
type TargetKind uint8

const (
	ToWorker  TargetKind = 1 // one worker, by its name
	ToService TargetKind = 2 // the least busy worker of a service
	ToAll     TargetKind = 3 // every worker of a service, or without a name every one that Spec.Where says
	ToAny     TargetKind = 4 // the least busy of all workers; Name is empty, Spec.Where or Spec.After says which
)

// Target names who shall do a task.
type Target struct {
	Kind TargetKind
	Name string
}

// Spec is what was asked for with a task. It is never changed: who edits a task
// gives it another one. Times are in milliseconds on the broker's clock; 0 means no limit.
type Spec struct {
	Client string // session that submitted and is told the end
	Key    string // client's idempotency key, "" for none
	Digest [16]byte
	Target Target
	Argv   []string // the task's own command, for workers that allow it

	Tries          uint32 // attempts that may fail by the task's own fault; at least 1
	LossMax        uint32 // workers that may be lost under the task before it fails, see LossesAllowed; 0 is left out, NoLoss none
	OnLoss         LossPolicy
	StartTimeoutMS int64 // dispatch to start confirmation
	RunTimeoutMS   int64 // start confirmation to end
	QueueTimeoutMS int64 // waiting to dispatch
	CancelGraceMS  int64 // from TERM to KILL at the worker

	Priority    int32    // -100..100: the higher goes first; waiting makes up for it
	DelayMS     int64    // from the submit until it may be dispatched
	NotBeforeMS int64    // Unix milliseconds: not dispatched earlier
	Hold        bool     // put aside from the start, until it is released
	Labels      []string // name=value, each name once: for finding tasks

	Where       string   // selector (journal/place) that its worker has to match, "" for any
	Resources   []string // name=amount, each name once: what an attempt takes of its worker
	Prefer      string   // selector that its worker has to match as well, while it has waited for less than
	PreferForMS int64

	LimitKeys []string // name or name=number: of each, so many may be out at a time

	After     []Dependency // tasks that have to end first
	FailUnmet bool         // fail, and don't cancel, when one of them ends the other way

	RetryDelayMS    int64  // wait after a failure before the next attempt
	RetryDelayMaxMS int64  // the wait doubles with each failure more, up to this; 0 means it stays as it is
	RetryJitter     uint32 // percent of the wait by which it is longer or shorter, at most

	TriesCount       Counts   // what uses up a try; 0 means errors and timeouts
	FatalClasses     []string // classes of errors after which there is no further try
	SilenceTimeoutMS int64    // from a word of the worker about the running attempt to the next
	LifeTimeoutMS    int64    // from the submit to the end
	HoldExhausted    bool     // put the task aside when its tries are used up, and don't fail it

	RetryOf ID // the task that this one does once more, zero for none

	Array         string // indexes of its members, as Indexes writes them; "" for no array
	ArrayRunning  uint32 // members that may be out at a time; 0 means no limit
	ArrayFailures uint32 // failed members after which the rest is canceled; 0 means never

	LateJoiners bool       // a broadcast is for workers that register until its end, too
	OnAway      AwayPolicy // what becomes of a broadcast's member whose worker stays away

	KeepMS int64 // how long it is kept from its end; 0 for as long as the broker keeps others
}

// NoLoss is Spec.LossMax of a task that fails with the first worker that is lost
// under it.
const NoLoss = math.MaxUint32

// LossesAllowed tells how many workers may be lost under the task before it fails.
func (s *Spec) LossesAllowed() uint32 {
	if s.LossMax == NoLoss {
		return 0
	}
	return s.LossMax
}

// Task is what a task's records add up to.
type Task struct {
	ID      ID
	Spec    *Spec
	State   State
	Attempt uint32 // current or last attempt, 0 before the first dispatch
	Worker  string // of the current or last attempt

	// Attempts since the submit, or since the task was released after its tries
	// were used up.
	Failures uint32 // that failed by the task's own fault
	Losses   uint32 // whose worker was lost
	Tries    uint32 // that used up one of the task's tries

	Exhausted bool // its tries are used up; it is held until it is released

	Waits       []Dependency // tasks that have not ended as it wants; not to be changed
	Pinned      string       // worker that it has to go to: another task ran there, or it is that one's of a broadcast; "" for none
	Declined    []Decline    // workers that want another one to do it; not to be changed
	Held        bool         // put aside; not dispatched until it is released
	Edits       uint32       // how often what was asked for was changed
	Holds       uint32       // how often it was put aside
	NotBeforeMS int64        // Unix milliseconds: not dispatched earlier; 0 for no such time
	delayedMS   int64        // Unix milliseconds: when the delay is over that was asked for; 0 for none
	tryMS       int64        // Unix milliseconds: when the last wait between tries is over; 0 for none, or one that an edit has ended

	Stopping Reason // why the current attempt is being stopped by the broker, if it is

	SubmittedMS  int64 // Unix milliseconds; 0 where it has not happened
	PendingMS    int64 // since when it has been pending, the last time
	DispatchedMS int64 // of the current or last attempt
	StartedMS    int64
	EndedMS      int64

	CancelBy   string
	CancelText string
	CancelMS   int64

	ResultSize int  // bytes in the result of a task that has ended
	BodyKept   bool // of a task that has ended: its body is still there

	Checkpoint *Checkpoint // the latest, nil if none was saved; not to be changed

	KeepUntilMS int64  // of a task that has ended: Unix milliseconds, 0 if its end doesn't say
	Members     uint32 // of a task that has ended: members with the IDs after its own
	WithWhole   bool   // of a task that has ended: it is a member, and forgotten with its whole

	Reason Reason // of the end, or of the last requeue
	Text   string
	Class  string // the sort of error, as the worker names it; "" for none

	Member *Member // which one of its group it is; nil for a task of its own
	OfAll  bool    // it is the member of a broadcast for the worker Pinned, and for no other
	Tally  *Tally  // how its members stand; nil for a task without; not to be changed
}

// Active tells whether an attempt is out with a worker. A group has none itself.
func (t *Task) Active() bool {
	return t.Tally == nil && (t.State == Dispatched || t.State == Running || t.State == Canceling)
}
