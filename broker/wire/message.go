package wire

import "bcp/journal"

// Dialect is the protocol that a peer speaks and the side it stands on.
type Dialect uint8

const (
	DialectNone Dialect = 0
	BCP2Client  Dialect = 1 // BCPC02
	BCP2Worker  Dialect = 2 // BCPW02
	BCP1Client  Dialect = 3 // BCPC01, beat.core
	BCP1Worker  Dialect = 4 // BCPW01, beat.core
	Local       Dialect = 5 // inside the broker's process: the admin API
)

// Peer is the address of a connection: where to send, not who it is.
type Peer struct {
	Dialect Dialect
	Route   string // ZeroMQ routing id
}

// Message is one of the types of this file and its kin, message_*.go. Messages are passed
// as pointers.
//
// What a type keeps of its fields on the way through a dialect is said in
// PROTOCOL.md, where the dialect cannot say all of them.
type Message interface {
	// command is the message's number in BCP/2, cmdNone if it stays in the process.
	command() command
}

// Ref names one attempt of a task.
type Ref struct {
	Task    journal.ID
	Attempt uint32
}

// Welcome answers Hello and Register.
type Welcome struct {
	Broker         [16]byte // identity of the journal
	Epoch          uint64   // rises with each start of the broker
	HeartbeatMS    uint32   // how often both sides send Beat
	Liveness       uint32   // how many beats may be missed
	BodyMax        uint32   // bytes in a body or result
	OutstandingMax uint32   // tasks of one Wait
	Resumed        bool     // the broker still knew the session or the worker
}

// Refuse tells a peer that what it asked was not done, and why.
type Refuse struct {
	Req  uint32 // of the request, 0 if it had none
	Code Code   // 0 if it came in a dialect without codes
	Text string

	Key    string         // for dialects that name tasks by it
	Target journal.Target // likewise
}

// Beat says that the sender lives. From a broker to a worker with Ask it wants
// a WorkerBeat back at once; a client answers Beat with Beat.
type Beat struct{ Ask bool }

// Leave says that the sender goes away and expects nothing more.
type Leave struct{}

// ---- the admin API's own, Local only

// Replay asks the broker to look again at tasks that have not ended. Answered
// with a ReplayRow for each, and then ReplayEnd.
type Replay struct {
	Req    uint32
	Tasks  []journal.ID // none: all
	DryRun bool
}

// ReplayRow tells what became of one task.
type ReplayRow struct {
	Req    uint32
	Task   journal.ID
	Before journal.State
	Worker string
	Said   string // what the worker said of it, or why nobody was asked
	After  journal.State
	Action string // what was done, or would be
}

// ReplayEnd closes the answer to Replay.
type ReplayEnd struct {
	Req   uint32
	Tasks int
}
