package wire

import "bcp/journal"

// ---- worker to broker

// Phase is where an attempt stands at its worker. Append-only: on the wire.
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

// Register makes a worker known under its name. Answered with Welcome or
// Refuse. The inventory is everything that the worker has in hand.
type Register struct {
	Name        string
	Instance    [16]byte // random, made when the worker's process starts
	Slots       uint32   // attempts at a time, at least 1
	Services    []string
	Labels      []string // name=value, for selectors
	Resources   []string // name=amount, that attempts take of
	NoInventory bool     // the dialect cannot tell what the worker runs
	Inventory   []Item
}

// WorkerBeat is a worker's heartbeat with all that it has in hand.
type WorkerBeat struct {
	Seen        uint64 // highest Dispatch.Seq received since Register
	Draining    bool   // wants no more
	NoInventory bool
	Inventory   []Item
}

// Begun confirms the start of an attempt.
type Begun struct{ Ref }

// Verdict is how an attempt came out. Append-only: on the wire.
type Verdict uint8

const (
	VerdictDone      Verdict = 1 // succeeded; Payload is the result
	VerdictFailed    Verdict = 2 // failed by its own fault; Text says how
	VerdictStopped   Verdict = 3 // stopped because the broker said so; all of it is gone
	VerdictRefused   Verdict = 4 // could not be taken or started; Text says why
	VerdictReturned  Verdict = 5 // handed back, for the worker leaves
	VerdictUnknown   Verdict = 6 // the answer to Stop of an attempt it doesn't have
	VerdictElsewhere Verdict = 7 // another worker shall do it: costs no try
	VerdictNever     Verdict = 8 // failed, and no further try can help
)

// Outcome reports the end of an attempt. The worker repeats it until OutcomeAck.
type Outcome struct {
	Ref
	Verdict Verdict
	Text    string
	Class   string // the sort of error, as the worker names it; "" for none
	Payload []byte

	// Stored has the payload if it has been written down already, in the broker's
	// process only.
	Stored journal.Blob
}

// PayloadSize returns the bytes of the result, wherever it is.
func (m *Outcome) PayloadSize() int { return max(len(m.Payload), m.Stored.Size) }

// Checkpoint saves a state for the next attempt, in place of the one before; an
// empty one takes that away. The worker repeats it until CheckpointAck.
type Checkpoint struct {
	Ref
	Seq   uint32 // counts those of the attempt, from 1
	State []byte // at most journal.MaxCheckpoint
}

// Extend changes one of a running attempt's time-outs: so much is left from when
// the broker takes it in. The worker repeats it until ExtendAck.
type Extend struct {
	Ref
	Seq    uint32 // counts those of the attempt and option, from 1
	Option uint8  // journal.OptionRunTimeout, OptionSilenceTimeout or OptionLifeTimeout
	LeftMS int64  // 0: no limit any more
	Text   string // why, for the record
}

// ---- broker to worker

// Dispatch gives an attempt to a worker.
type Dispatch struct {
	Ref
	Seq              uint64 // counts the dispatches since Register, from 1
	Service          string // the service it was submitted to, or the worker's name
	Argv             []string
	RunTimeoutMS     int64           // for information: the broker keeps the time
	GraceMS          int64           // from TERM to KILL
	Member           *journal.Member // which one of its array or broadcast it is; nil for a task of its own
	Body             []byte
	SilenceTimeoutMS int64  // within it the worker has to speak of the attempt, by Progress; 0 for no such limit
	Checkpoint       []byte // the state that an attempt has saved last, nil for none
}

// BodyOf is the task whose body the attempt is given: members have that of their whole.
func (m *Dispatch) BodyOf() journal.ID {
	if m.Member != nil {
		return m.Member.Group
	}
	return m.Task
}

// Stop tells a worker to end an attempt and to answer with Outcome.
type Stop struct {
	Ref
	Reason  journal.Reason // ReasonNone: the attempt is not the current one
	GraceMS int64
}

// OutcomeAck tells a worker that it may forget the attempt.
type OutcomeAck struct{ Ref }

// CheckpointAck tells a worker that a checkpoint is in the journal, or a later one.
type CheckpointAck struct {
	Ref
	Seq uint32
}

// ExtendAck tells a worker that a time-out is changed, or why it is not.
type ExtendAck struct {
	Ref
	Seq    uint32
	Option uint8
	Code   Code // 0: it is changed
	Text   string
}
