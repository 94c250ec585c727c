package wire

import "bcp/journal"

// ---- worker to broker

// Phase says how far an attempt is at its worker. The list is append-only: the numbers are on
// the wire.
type Phase uint8

const (
	PhaseTaken   Phase = 1 // received, not started yet
	PhaseRunning Phase = 2 // started
	PhaseEnded   Phase = 3 // over; its Outcome is not acknowledged yet
)

// Item is one attempt in a worker's inventory.
type Item struct {
	Ref
	Phase Phase
}

// Register makes a worker known under its name. It is answered with Welcome or Refuse.
type Register struct {
	Name        string
	Instance    [16]byte // random, made when the worker's process starts
	Slots       uint32   // how many attempts it runs at a time, at least 1
	Services    []string
	Labels      []string // name=value, for selectors
	Resources   []string // name=amount, of which attempts take their share
	NoInventory bool     // the dialect cannot tell what the worker runs
	Inventory   []Item   // all attempts that it has, also ended ones that are not acknowledged
}

// WorkerBeat is a worker's heartbeat, with its whole inventory.
type WorkerBeat struct {
	Seen        uint64 // the highest Dispatch.Seq that it has received since Register
	Draining    bool   // it wants no more dispatches
	NoInventory bool
	Inventory   []Item
}

// Begun confirms the start of an attempt.
type Begun struct{ Ref }

// Verdict says how an attempt ended. The list is append-only: the numbers are on the wire.
type Verdict uint8

const (
	VerdictDone      Verdict = 1 // succeeded; Payload is the result
	VerdictFailed    Verdict = 2 // failed by its own fault; Text says how
	VerdictStopped   Verdict = 3 // stopped because the broker said so; nothing of it runs any more
	VerdictRefused   Verdict = 4 // could not be taken or started; Text says why
	VerdictReturned  Verdict = 5 // given back, because the worker leaves
	VerdictUnknown   Verdict = 6 // the answer to a Stop of an attempt that the worker doesn't have
	VerdictElsewhere Verdict = 7 // declined: another worker shall run it; it costs no try
	VerdictNever     Verdict = 8 // failed, and further tries cannot help
)

// Outcome reports the end of an attempt. The worker repeats it until OutcomeAck.
type Outcome struct {
	Ref
	Verdict Verdict
	Text    string
	Class   string // the sort of error, as the worker names it; "" for none
	Payload []byte

	// Stored is the payload if it has been written to the journal's disk already, within the
	// broker's process: Payload is nil then.
	Stored journal.Blob
}

// PayloadSize returns the size of the result in bytes, whether it is in Payload or Stored.
func (m *Outcome) PayloadSize() int { return max(len(m.Payload), m.Stored.Size) }

// Checkpoint saves a state from which the next attempt can go on. It replaces the one before;
// an empty state removes it. The worker repeats it until CheckpointAck.
type Checkpoint struct {
	Ref
	Seq   uint32 // counts the checkpoints of the attempt, from 1
	State []byte // at most journal.MaxCheckpoint
}

// Extend changes a time-out of a running attempt. The worker repeats it until ExtendAck.
type Extend struct {
	Ref
	Seq    uint32 // counts the Extends of the attempt for this option, from 1
	Option uint8  // journal.OptionRunTimeout, OptionSilenceTimeout or OptionLifeTimeout
	LeftMS int64  // the time that is left from when the broker receives it; 0: no limit any more
	Text   string // why, for the task's history
}

// ---- broker to worker

// Dispatch gives an attempt to a worker.
type Dispatch struct {
	Ref
	Seq              uint64 // counts the dispatches since Register, from 1
	Service          string // the service it was submitted to, or the worker's name
	Argv             []string
	RunTimeoutMS     int64           // for information: the broker measures the time
	GraceMS          int64           // from asking the attempt to stop (SIGTERM) to killing it
	Member           *journal.Member // which member of its array or broadcast it is; nil if it is none
	Body             []byte
	SilenceTimeoutMS int64  // within it the worker has to send Progress of the attempt; 0: no limit
	Checkpoint       []byte // the last state that an attempt of the task has saved; nil for none
}

// BodyOf returns the task whose body the attempt gets: a member gets that of its group.
func (m *Dispatch) BodyOf() journal.ID {
	if m.Member != nil {
		return m.Member.Group
	}
	return m.Task
}

// Stop tells a worker to stop an attempt and to answer with Outcome.
type Stop struct {
	Ref
	Reason  journal.Reason // ReasonNone: the attempt is not the current one
	GraceMS int64
}

// OutcomeAck tells a worker that it may forget the attempt.
type OutcomeAck struct{ Ref }

// CheckpointAck tells a worker that this checkpoint, or a later one, is in the journal.
type CheckpointAck struct {
	Ref
	Seq uint32
}

// ExtendAck tells a worker that a time-out was changed, or why it was not.
type ExtendAck struct {
	Ref
	Seq    uint32
	Option uint8
	Code   Code // 0: it was changed
	Text   string
}
