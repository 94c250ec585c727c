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

// Peer is the address of a connection. It says where to send, not who the peer is.
type Peer struct {
	Dialect Dialect
	Route   string // ZeroMQ routing id
}

// Message is a pointer to one of the types of this file and of message_*.go.
//
// Not every dialect has all fields of all messages: PROTOCOL.md says which ones get lost.
type Message interface {
	// command is the message's number in BCP/2, cmdNone if it stays in the process.
	command() command
	// layout codes the message's fields in BCP/2.
	layout(c *coder)
}

// Ref names one attempt of a task.
type Ref struct {
	Task    journal.ID
	Attempt uint32
}

// Welcome answers Hello and Register.
type Welcome struct {
	Broker         [16]byte // the identity of the journal
	Epoch          uint64   // rises with each start of the broker
	HeartbeatMS    uint32   // the interval at which both sides send a heartbeat
	Liveness       uint32   // how many heartbeats may be missed before the other side counts as gone
	BodyMax        uint32   // the most bytes in a body or result, and in all bodies of a batch
	OutstandingMax uint32   // the most tasks in one Wait
	Resumed        bool     // the broker still had the session, or attempts of the worker
}

// Refuse tells a peer that what it asked for was not done, and why.
type Refuse struct {
	Req  uint32 // that of the request; 0 if it had none
	Code Code   // why; 0 if the dialect has no codes
	Text string

	Key    string         // for dialects that name tasks by it
	Target journal.Target // likewise
}

// Beat is a heartbeat: the sender is alive. With Ask the receiver has to answer at once, a
// client with Beat and a worker with WorkerBeat. A Beat without Ask is never answered.
type Beat struct{ Ask bool }

// Leave says that the sender goes away and expects no more messages.
type Leave struct{}

// ---- the admin API's own, Local only

// Replay asks the broker to compare tasks that have not ended with what their workers say of
// them. It is answered with a ReplayRow for each task, and then ReplayEnd.
type Replay struct {
	Req    uint32
	Tasks  []journal.ID // empty: all tasks that have not ended
	DryRun bool         // only tell what would be done
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

// ReplayEnd is the end of the answer to Replay.
type ReplayEnd struct {
	Req   uint32
	Tasks int // how many there was a ReplayRow of
}
