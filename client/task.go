package client

import (
	"errors"
	"time"

	"bcp/journal"
)

// ErrTarget tells that a task names no target, or two.
var ErrTarget = errors.New("a task needs a worker or a service, or else Where or SameWorkerAs, and not both of a worker and a service; with All a service, Where or both")

// NoLoss is Task.LossMax of a task that fails with the first worker that is lost under
// it.
const NoLoss = -1

// Task is what is to be done. Times are on the broker's clock and are rounded up to
// whole milliseconds; zero means no limit, or the broker's own setting.
type Task struct {
	Worker  string // the one worker that shall do it, or
	Service string // the service whose least busy worker shall

	// All makes the task a broadcast: it stands for its members, one for each worker
	// that the Service has when it is submitted, or that Where selects, each with this body and
	// command. A handle of it waits for the whole; Result.Summary tells of its members,
	// Handle.Member names one of them.
	All         bool
	LateJoiners bool               // it is also for workers that register before it has ended
	OnAway      journal.AwayPolicy // what becomes of the member whose worker stays away; by default it waits

	// Where selects among the workers by their labels, as "gpu=a100|h100,zone!=b,ssd,!old";
	// "worker" is their name. Without a Worker or a Service it means all that match.
	Where string
	// Resources is what an attempt takes of its worker while it is there, as cpu: 2
	// or mem: 1.5GiB. Only workers that have as much left are given it.
	Resources map[string]string
	// Prefer selects the workers that alone will do while the task has waited for
	// less than PreferFor; then any that fits does.
	Prefer    string
	PreferFor time.Duration
	// SameWorkerAs is a task on whose worker this one has to run: that of its last
	// attempt. It waits until that has one; if it ends without, that is an end the
	// other way, as for After.
	SameWorkerAs journal.ID

	Body []byte   // the worker's input; it must not be changed afterwards
	Argv []string // the task's own command, for workers that allow it

	// Key makes the submit safe to repeat: the same key is the same task. By
	// default the client makes one, which protects a submit for as long as the
	// client lives.
	Key string

	Tries   int // attempts that may fail by the task's own fault; default 1
	LossMax int // workers that may be lost under the task, NoLoss for none; default the broker's
	OnLoss  journal.LossPolicy

	StartTimeout time.Duration // from dispatch to the start at the worker
	RunTimeout   time.Duration // from the start to the end
	QueueTimeout time.Duration // in the queue
	CancelGrace  time.Duration // from TERM to KILL at the worker

	// Priority puts a task before others that wait for the same target, from -100
	// to 100: the higher goes first. A minute of waiting makes up for a step of it.
	Priority int

	Delay     time.Duration // from the submit until it may be dispatched
	NotBefore time.Time     // not dispatched earlier; with Delay, the later counts
	Hold      bool          // put aside from the start, until Client.Release

	// RetryDelay is the wait after the first attempt that failed by the task's own
	// fault. It doubles with each one more, up to RetryDelayMax.
	RetryDelay    time.Duration
	RetryDelayMax time.Duration // default RetryDelay: it does not grow
	RetryJitter   int           // percent of RetryDelay, up to 100: each wait is so much longer or shorter, at most

	// Counts says which attempts use up a try: errors and timeouts by default. What
	// does not count is tried again, lost attempts up to LossMax.
	Counts journal.Counts

	FatalClasses []string // classes of errors after which the task fails at once; see worker.Class

	// SilenceTimeout stops an attempt whose handler has said nothing of it for so long, by
	// Progress, Set, SaveCheckpoint or an Extend of this of worker.Task: the worker's own signs
	// of life don't count.
	SilenceTimeout time.Duration
	LifeTimeout    time.Duration // from the submit to the end, whatever tries are left

	// HoldExhausted puts the task aside when its tries are used up, or too many
	// workers were lost under it, and doesn't fail it. Client.Release gives it all
	// its tries again, Client.Cancel ends it; Handle.Wait goes on waiting.
	HoldExhausted bool

	// After names tasks that have to end first; in a batch, InBatch names others of
	// it. If one of them ends the other way, this one is canceled, or fails if
	// FailUnmet says so.
	After     []journal.Dependency
	FailUnmet bool

	// Array makes the task an array: it stands for its members, each a task with an
	// index of its own and this body and command. It is a number of them, whose
	// indexes count from 0, or indexes and ranges such as "0-99,120". A handle of it
	// waits for the whole; Handle.Member names one of them.
	Array         string
	ArrayRunning  int // members that may be out at a time; 0: no limit
	ArrayFailures int // failed members after which the rest is canceled; 0: no limit

	// Keep is how long the broker keeps the task after its end, with its result and
	// history; default as long as it keeps others. Then it is forgotten, and its
	// key later on.
	Keep time.Duration

	// LimitKeys limit how many tasks with the same key are out with workers at a time:
	// "db" as an operator has set it, see SetLimit; "db=3" three, unless an operator has.
	LimitKeys []string

	Labels map[string]string // for finding tasks; names without spaces and "="

	RetryOf journal.ID // the task that this one does once more, for the record; see Client.Retry

	// Detached asks the broker not to tell the end. Handle.Wait asks for it.
	Detached bool

	// OnStart is told the start of each attempt, once, and OnProgress what the
	// worker says of it; neither of a Detached task. OnExhausted is told where the
	// task stands when it was put aside (see HoldExhausted), maybe more than once.
	// They go on after a restart of the broker, but may miss what is said while the
	// connection is down. They are called by the client's own goroutine: a function
	// that waits, or calls the client, holds up everything.
	OnStart     func(Start)
	OnProgress  func(Progress)
	OnExhausted func(journal.Task)
}
