package wire

import "fmt"

// command is the number of a message in BCP/2. The list is append-only, and a
// command's layout never changes: what is new gets a new number.
type command uint8

const (
	cmdNone command = 0x00 // stays in the broker's process

	cmdBeat    command = 0x01
	cmdLeave   command = 0x02
	cmdWelcome command = 0x03
	cmdRefuse  command = 0x04
	cmdBundle  command = 0x05 // several messages: see bundle.go

	cmdHello       command = 0x10
	cmdSubmit      command = 0x11
	cmdCancel      command = 0x12
	cmdQuery       command = 0x13
	cmdWait        command = 0x14
	cmdEndedAck    command = 0x15
	cmdHold        command = 0x16
	cmdRelease     command = 0x17
	cmdEdit        command = 0x18
	cmdFind        command = 0x19
	cmdResolve     command = 0x1a
	cmdSubmitBatch command = 0x1b
	cmdLimit       command = 0x1c
	cmdShow        command = 0x1d
	cmdChange      command = 0x1e

	cmdAccepted      command = 0x20
	cmdStatus        command = 0x21
	cmdStarted       command = 0x22
	cmdProgress      command = 0x23
	cmdEnded         command = 0x24
	cmdFound         command = 0x25
	cmdBatchAccepted command = 0x26
	cmdLimits        command = 0x27
	cmdShown         command = 0x28
	cmdChanged       command = 0x29

	cmdRegister   command = 0x30
	cmdWorkerBeat command = 0x31
	cmdBegun      command = 0x32
	cmdOutcome    command = 0x33
	cmdCheckpoint command = 0x34
	cmdExtend     command = 0x35

	cmdDispatch      command = 0x40
	cmdStop          command = 0x41
	cmdOutcomeAck    command = 0x42
	cmdCheckpointAck command = 0x43
	cmdExtendAck     command = 0x44
)

// entry is what is known of a command.
type entry struct {
	name string
	ways ways
	make func() Message
}

const all = clientSays | clientHears | workerSays | workerHears

var commands = [...]entry{
	cmdBeat:    {"BEAT", clientSays | clientHears | workerHears, func() Message { return new(Beat) }},
	cmdLeave:   {"LEAVE", all, func() Message { return new(Leave) }},
	cmdWelcome: {"WELCOME", clientHears | workerHears, func() Message { return new(Welcome) }},
	cmdRefuse:  {"REFUSE", clientHears | workerHears, func() Message { return new(Refuse) }},
	cmdBundle:  {name: "BUNDLE"}, // and no message itself

	cmdHello:       {"HELLO", clientSays, func() Message { return new(Hello) }},
	cmdSubmit:      {"SUBMIT", clientSays, func() Message { return new(Submit) }},
	cmdCancel:      {"CANCEL", clientSays, func() Message { return new(Cancel) }},
	cmdQuery:       {"QUERY", clientSays, func() Message { return new(Query) }},
	cmdWait:        {"WAIT", clientSays, func() Message { return new(Wait) }},
	cmdEndedAck:    {"ENDED-ACK", clientSays, func() Message { return new(EndedAck) }},
	cmdHold:        {"HOLD", clientSays, func() Message { return new(Hold) }},
	cmdRelease:     {"RELEASE", clientSays, func() Message { return new(Release) }},
	cmdEdit:        {"EDIT", clientSays, func() Message { return new(Edit) }},
	cmdFind:        {"FIND", clientSays, func() Message { return new(Find) }},
	cmdResolve:     {"RESOLVE", clientSays, func() Message { return new(Resolve) }},
	cmdSubmitBatch: {"SUBMIT-BATCH", clientSays, func() Message { return new(SubmitBatch) }},
	cmdLimit:       {"LIMIT", clientSays, func() Message { return new(Limit) }},
	cmdShow:        {"SHOW", clientSays, func() Message { return new(Show) }},
	cmdChange:      {"CHANGE", clientSays, func() Message { return new(Change) }},

	cmdAccepted:      {"ACCEPTED", clientHears, func() Message { return new(Accepted) }},
	cmdStatus:        {"STATUS", clientHears, func() Message { return new(Status) }},
	cmdStarted:       {"STARTED", clientHears, func() Message { return new(Started) }},
	cmdProgress:      {"PROGRESS", clientHears | workerSays, func() Message { return new(Progress) }},
	cmdEnded:         {"ENDED", clientHears, func() Message { return new(Ended) }},
	cmdFound:         {"FOUND", clientHears, func() Message { return new(Found) }},
	cmdBatchAccepted: {"BATCH-ACCEPTED", clientHears, func() Message { return new(BatchAccepted) }},
	cmdLimits:        {"LIMITS", clientHears, func() Message { return new(Limits) }},
	cmdShown:         {"SHOWN", clientHears, func() Message { return new(Shown) }},
	cmdChanged:       {"CHANGED", clientHears, func() Message { return new(Changed) }},

	cmdRegister:   {"REGISTER", workerSays, func() Message { return new(Register) }},
	cmdWorkerBeat: {"WORKER-BEAT", workerSays, func() Message { return new(WorkerBeat) }},
	cmdBegun:      {"BEGUN", workerSays, func() Message { return new(Begun) }},
	cmdOutcome:    {"OUTCOME", workerSays, func() Message { return new(Outcome) }},
	cmdCheckpoint: {"CHECKPOINT", workerSays, func() Message { return new(Checkpoint) }},
	cmdExtend:     {"EXTEND", workerSays, func() Message { return new(Extend) }},

	cmdDispatch:      {"DISPATCH", workerHears, func() Message { return new(Dispatch) }},
	cmdStop:          {"STOP", workerHears, func() Message { return new(Stop) }},
	cmdOutcomeAck:    {"OUTCOME-ACK", workerHears, func() Message { return new(OutcomeAck) }},
	cmdCheckpointAck: {"CHECKPOINT-ACK", workerHears, func() Message { return new(CheckpointAck) }},
	cmdExtendAck:     {"EXTEND-ACK", workerHears, func() Message { return new(ExtendAck) }},
}

func (*Beat) command() command    { return cmdBeat }
func (*Leave) command() command   { return cmdLeave }
func (*Welcome) command() command { return cmdWelcome }
func (*Refuse) command() command  { return cmdRefuse }

func (*Hello) command() command       { return cmdHello }
func (*Submit) command() command      { return cmdSubmit }
func (*Cancel) command() command      { return cmdCancel }
func (*Query) command() command       { return cmdQuery }
func (*Wait) command() command        { return cmdWait }
func (*EndedAck) command() command    { return cmdEndedAck }
func (*Hold) command() command        { return cmdHold }
func (*Release) command() command     { return cmdRelease }
func (*Edit) command() command        { return cmdEdit }
func (*Find) command() command        { return cmdFind }
func (*Resolve) command() command     { return cmdResolve }
func (*SubmitBatch) command() command { return cmdSubmitBatch }
func (*Limit) command() command       { return cmdLimit }
func (*Show) command() command        { return cmdShow }
func (*Change) command() command      { return cmdChange }

func (*Accepted) command() command      { return cmdAccepted }
func (*Status) command() command        { return cmdStatus }
func (*Started) command() command       { return cmdStarted }
func (*Progress) command() command      { return cmdProgress }
func (*Ended) command() command         { return cmdEnded }
func (*Found) command() command         { return cmdFound }
func (*BatchAccepted) command() command { return cmdBatchAccepted }
func (*Limits) command() command        { return cmdLimits }
func (*Shown) command() command         { return cmdShown }
func (*Changed) command() command       { return cmdChanged }

func (*Register) command() command   { return cmdRegister }
func (*WorkerBeat) command() command { return cmdWorkerBeat }
func (*Begun) command() command      { return cmdBegun }
func (*Outcome) command() command    { return cmdOutcome }
func (*Checkpoint) command() command { return cmdCheckpoint }
func (*Extend) command() command     { return cmdExtend }

func (*Dispatch) command() command      { return cmdDispatch }
func (*Stop) command() command          { return cmdStop }
func (*OutcomeAck) command() command    { return cmdOutcomeAck }
func (*CheckpointAck) command() command { return cmdCheckpointAck }
func (*ExtendAck) command() command     { return cmdExtendAck }

func (*Replay) command() command    { return cmdNone }
func (*ReplayRow) command() command { return cmdNone }
func (*ReplayEnd) command() command { return cmdNone }

// entry returns what is known of the command, a zero entry if nothing is.
func (n command) entry() entry {
	if int(n) < len(commands) {
		return commands[n]
	}
	return entry{}
}

// String returns the command's name as PROTOCOL.md spells it.
func (n command) String() string {
	if name := n.entry().name; name != "" {
		return name
	}
	return fmt.Sprintf("command %#02x", uint8(n))
}

// Messages returns an empty message of each type that BCP/2 has a command for and that goes to
// the side, in the order of the commands.
func Messages(to Side) (list []Message) {
	ways := clientSays | workerSays
	if to == ToPeer {
		ways = clientHears | workerHears
	}
	for n := range commands {
		if commands[n].ways&ways != 0 {
			list = append(list, commands[n].make())
		}
	}
	return list
}

// message makes an empty message of the command, nil if it doesn't go that way.
func (n command) message(w ways) Message {
	e := n.entry()
	if e.ways&w == 0 {
		return nil
	}
	return e.make()
}
