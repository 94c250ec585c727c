package journal

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what a record tells. The list is append-only: numbers are on disk.
type Kind uint8

const (
	KindSubmit    Kind = 1  // the task was accepted: Spec; Payload is the body
	KindDispatch  Kind = 2  // Attempt was given to Worker; it becomes the current attempt
	KindStart     Kind = 3  // Worker confirmed that Attempt runs
	KindCancel    Kind = 4  // By asked for cancellation, Text says why; the attempt is being stopped
	KindStop      Kind = 5  // the broker told Worker to stop Attempt for Reason; it is still there
	KindRequeue   Kind = 6  // Attempt is over for Reason; the task is pending again
	KindEnd       Kind = 7  // the task ended as State for Reason; Payload is the result
	KindHold      Kind = 8  // By put the pending task aside, Text says why
	KindRelease   Kind = 9  // By let it go on
	KindMet       Kind = 10 // Other ended as the pending task wants it; with Worker: it ran there, and the task has to go there
	KindExhausted Kind = 11 // Attempt is over for Reason and was the last of its tries; the task is held
	KindEdit      Kind = 12 // By changed what was asked for, Text says why: Spec, Cleared

	// KindCheckpoint: Worker saved a state with Attempt, its Payload; empty: the one
	// before is taken away. Kept beside the row, the last one of a task.
	KindCheckpoint Kind = 14

	KindMember Kind = 16 // the task is a member of the group Other, and has a row from now on: Spec, Index, Count, and the Worker that it has to go to
	KindTally  Kind = 17 // how the group's members stand: Tally. It takes the place of one that the row ends with
	KindJoin   Kind = 18 // Worker is in the broadcast Other, and the task is its member, with a row from now on: Spec, Index, Count

	KindSetting Kind = 20 // By changed Setting, Text says why; of no task

	kindLast = KindSetting
)

var kindNames = [...]string{
	KindSubmit: "submit", KindDispatch: "dispatch", KindStart: "start", KindCancel: "cancel",
	KindStop: "stop", KindRequeue: "requeue", KindEnd: "end", KindHold: "hold", KindRelease: "release",
	KindMet: "met", KindExhausted: "exhausted", KindEdit: "edit", KindCheckpoint: "checkpoint",
	KindMember: "member", KindTally: "tally", KindJoin: "join", KindSetting: "setting",
}

// Begins tells whether a row begins with a record of the kind.
func (k Kind) Begins() bool { return k == KindSubmit || k == KindMember || k == KindJoin }

// known tells whether there is such a kind.
func (k Kind) known() bool { return k >= KindSubmit && k <= kindLast && kindNames[k] != "" }

// String returns the kind's name as operators see it.
func (k Kind) String() string { return nameOf(kindNames[:], int(k), "kind") }

// Reason says why an attempt or a task came to its end. The list is
// append-only: numbers are on disk and names are in the API.
type Reason uint8

const (
	ReasonNone          Reason = 0
	ReasonFinished      Reason = 1  // the worker reported success
	ReasonError         Reason = 2  // the worker reported failure
	ReasonLost          Reason = 3  // the worker went away and didn't come back in time
	ReasonMissing       Reason = 4  // the worker is there, but doesn't know the attempt
	ReasonStartTimeout  Reason = 5  // no start confirmation in time
	ReasonRunTimeout    Reason = 6  // no end in time
	ReasonQueueTimeout  Reason = 7  // not dispatched in time
	ReasonRefused       Reason = 8  // the worker couldn't take the attempt
	ReasonReturned      Reason = 9  // the worker handed the attempt back, unharmed
	ReasonCanceled      Reason = 10 // canceled on request
	ReasonLossLimit     Reason = 11 // lost more workers than it may
	ReasonUndelivered   Reason = 12 // the dispatch never reached the worker: nobody's fault
	ReasonDependency    Reason = 13 // a task that it waited for ended the other way
	ReasonElsewhere     Reason = 14 // the worker wants another one to do it: costs no try
	ReasonNever         Reason = 15 // the worker says that no further try can help
	ReasonSilence       Reason = 16 // the worker said nothing of the attempt for too long
	ReasonLifeTimeout   Reason = 17 // no end in time, from the submit on
	ReasonArrayFailures Reason = 18 // as many members of its array failed as may
	ReasonAway          Reason = 19 // the worker that the member of a broadcast is for was away for too long
	ReasonGroup         Reason = 20 // the members of the group have ended
	ReasonDropped       Reason = 21 // somebody gave the task up
)

var reasonNames = [...]string{
	ReasonNone: "", ReasonFinished: "finished", ReasonError: "error", ReasonLost: "worker-lost",
	ReasonMissing: "attempt-missing", ReasonStartTimeout: "start-timeout", ReasonRunTimeout: "run-timeout",
	ReasonQueueTimeout: "queue-timeout", ReasonRefused: "refused", ReasonReturned: "returned",
	ReasonCanceled: "canceled", ReasonLossLimit: "loss-limit", ReasonUndelivered: "undelivered",
	ReasonDependency: "dependency", ReasonElsewhere: "elsewhere", ReasonNever: "never",
	ReasonSilence: "silence", ReasonLifeTimeout: "life-timeout", ReasonArrayFailures: "array-failures",
	ReasonAway:    "member-away",
	ReasonGroup:   "group",
	ReasonDropped: "dropped",
}

// String returns the reason's name as operators see it, "" for ReasonNone.
func (r Reason) String() string { return nameOf(reasonNames[:], int(r), "reason") }

// ParseReason reads a reason's name. The error lists the accepted names.
func ParseReason(name string) (Reason, error) {
	if i := slices.Index(reasonNames[:], name); i > 0 {
		return Reason(i), nil
	}
	return 0, fmt.Errorf("unknown reason %q: use one of %s", name, strings.Join(reasonNames[1:], ", "))
}

// Record is one step of a task's life. Which fields a kind uses is said at the
// kinds; the others are zero.
type Record struct {
	Task    ID
	Kind    Kind
	Reason  Reason
	State   State  // KindEnd: Done, Failed or Canceled
	Attempt uint32 // counted from 1
	Time    int64  // wall clock of the broker, Unix milliseconds
	Worker  string
	By      string // KindSubmit of a retry, KindCancel, KindHold, KindRelease, KindEdit, KindSetting: who asked
	Text    string // error text, or the reason that who asked gave
	Class   string // KindRequeue, KindEnd: the sort of error, as the worker names it
	// Instance is the worker's that wants another one to do the task (KindRequeue
	// for ReasonElsewhere).
	Instance [16]byte
	Other    ID    // KindMet: the task that was waited for; KindMember, KindJoin: the group
	DelayMS  int64 // KindRequeue: how long the task waits before its next attempt; KindMember: how long it has waited with its group
	// KeepBody tells that the body stays for as long as the ended task is kept
	// (KindEnd).
	KeepBody bool
	// KeepMS is how long the ended task is kept, from its end; 0 for as long as
	// the broker keeps those that don't say (KindEnd).
	KeepMS int64
	// Members is how many IDs after the task's own are those of its members: they
	// are forgotten with it (KindEnd).
	Members uint32
	// Member tells that the task is forgotten with another one, whose member it is
	// (KindEnd).
	Member  bool
	Spec    *Spec  // KindSubmit, KindMember, KindJoin; KindEdit: what is changed, all else is zero
	Cleared []byte // KindEdit: the options that are changed to zero, by number
	Index   uint32 // KindMember, KindJoin: of the member in its group
	Count   uint32 // KindMember, KindJoin: members of its group by then
	Tally   *Tally // KindTally; not to be changed

	Seq uint32 // KindCheckpoint: rises with each one of the attempt

	Setting *Setting // KindSetting

	// Blob has the payload if it was written apart, and Payload is nil then. Like
	// Payload it is zero in records that were read back.
	Blob Blob
	// Payload is the body (KindSubmit), the result (KindEnd) or a state
	// (KindCheckpoint). It is stored beside the row and is nil in records that
	// were read back.
	Payload []byte
	// Size is the number of bytes in the payload, in records that were read
	// back. What writes a record sets Payload alone.
	Size int

	// coded is the record as a row has it, if a log has it already; nil if not.
	coded []byte
}

func nameOf(names []string, i int, what string) string {
	if i < len(names) && (names[i] != "" || i == 0) {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", what, i)
}
