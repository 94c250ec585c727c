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

// Message is one of the types of this file. Messages are passed as pointers.
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
	OutstandingMax uint32   // tasks of one Wait, items of one inventory
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

// ---- client to broker

// Hello opens or resumes a session. It is a client's first message on a
// connection, and its first after Refuse(CodeUnknownPeer).
type Hello struct {
	Session string // chosen by the client, unique; 1..MaxName bytes
}

// Submit asks for a task. It is answered with Accepted or Refuse, and later
// with Ended, which is repeated until EndedAck.
type Submit struct {
	Req       uint32
	Spec      *journal.Spec // Client and Digest are the broker's to fill in
	WantStart bool          // send Started and Progress as well
	Quiet     bool          // don't send Ended: the client will ask
	Body      []byte

	As string // who submits, if not the session: Local only, not on the wire

	// Stored has the body if it has been written down already, in the broker's
	// process only: then Body is nil, and Spec has its digest.
	Stored journal.Blob
}

// BodySize returns the bytes of the body, wherever it is.
func (m *Submit) BodySize() int { return max(len(m.Body), m.Stored.Size) }

// SubmitBatch asks for many tasks, of which all are accepted or none. A task may
// wait for another one of the batch, which BatchRef names. It is answered with
// BatchAccepted, or with one Refuse whose text begins with the place of the task
// that is wrong; later with Ended for each.
type SubmitBatch struct {
	Req     uint32
	Submits []Submit // 1 to MaxBatch, without numbers of their own
}

// Cancel asks for the end of a task, by its ID or, if that is zero, by its
// key. Answered with Status or Refuse.
type Cancel struct {
	Req  uint32
	Task journal.ID
	Key  string
	By   string
	Text string

	Target journal.Target // for dialects that name tasks by key and target
}

// Hold puts a pending task aside: it is not dispatched until Release. Answered
// with Status, or with Refuse(CodeNotAllowed) if the task is not pending.
type Hold struct {
	Req  uint32
	Task journal.ID
	Key  string
	By   string
	Text string
}

// Release lets a task go on that was put aside. Answered with Status; releasing
// one that is not held, in whatever state, changes nothing.
type Release Hold

// Edit changes what was asked for with a task that has not ended. What is not
// named stays. Answered with Status, or with Refuse if any of it can't be changed:
// then nothing is.
type Edit struct {
	Req     uint32
	Task    journal.ID
	Key     string
	By      string
	Text    string
	Target  journal.Target // who shall do it; kind 0: as it is
	Options []uint8        // what is changed, by number
	Spec    *journal.Spec  // the new values
}

// Verb is what is decided about a task. Append-only: on the wire.
type Verb uint8

const (
	ResolveRetry Verb = 1 // try it again
	ResolveDrop  Verb = 2 // give it up
)

// Resolve decides about a task that doesn't go on by itself. A retry lets one go
// on that was put aside when its tries were used up, and at once one that waits for
// its next try; of one that has ended it makes another task, with the same body. A drop ends a pending one. Answered
// with Status, of the new task if there is one, or Refuse.
type Resolve struct {
	Req    uint32
	Task   journal.ID
	Key    string
	By     string
	Text   string
	Verb   Verb
	NewKey string // of the new task; who repeats the request gives the same

	Stored journal.Blob // a copy of the task's body for the new one, if that was written apart; not on the wire
}

// Query asks where a task stands, by ID or key. Answered with Status or Refuse.
type Query struct {
	Req  uint32
	Task journal.ID
	Key  string
}

// Find asks for tasks that a filter means, a page at a time, in the order of
// their submits. Answered with Found or Refuse.
type Find struct {
	Req    uint32
	Count  bool       // only count them
	Limit  uint16     // tasks in the page; 0, and any more than filter.FoundMax, means that
	After  journal.ID // Found.Cursor of the page before; zero for the first page
	Until  journal.ID // leave out tasks above this one: Found.Last of the first page; zero for none
	Filter string     // in the language of journal/filter; "" means all that have not ended
}

// Limit asks for limits to be told, or for one to be changed. Answered with
// Limits or Refuse.
type Limit struct {
	Req  uint32
	Do   LimitDo
	What journal.Limit // which one, and its parts: see LimitDo
	By   string
	Text string
}

// LimitDo says what a Limit asks for. Append-only: on the wire.
type LimitDo uint8

const (
	LimitList  LimitDo = 1 // tell those after What in order of scope and name; from the first if that is zero
	LimitSet   LimitDo = 2 // set the parts of What that are not zero, and leave the others as they are
	LimitUnset LimitDo = 3 // remove the parts of What that are not zero, or all if all are
)

// Show asks to be shown something as JSON: of a task, which is named by its ID or, if
// that is zero, by its key, or a page of a list. Answered with Shown or Refuse.
type Show struct {
	Req   uint32
	What  ShowWhat
	Limit uint16 // items in a page; 0, and any more than MaxShownPage, means that
	Task  journal.ID
	Key   string
	After string // Shown.Cursor of the page before; "" for the first page
}

// ShowWhat says what is to be shown, in the shapes of package broker/view. Append-only:
// on the wire.
type ShowWhat uint8

const (
	ShowExplanation ShowWhat = 1 // why a task is where it is: an Explanation
	ShowHistory     ShowWhat = 2 // what became of a task: HistoryEntry, in order
	ShowQueues      ShowWhat = 3 // what waits and runs for whom: Queue
	ShowWorkers     ShowWhat = 4 // the workers that are known, by name: Worker
)

// OfTask tells whether it is about one task.
func (w ShowWhat) OfTask() bool { return w == ShowExplanation || w == ShowHistory }

// Change asks for one thing to be done with many tasks. Without Tasks nothing is done:
// it asks which tasks a filter means that something can be done with, and what would become
// of them, a page at a time. With Tasks it is done with each of these that the filter still
// means; what is so already is left as it is, so that a Change can be repeated. Answered
// with Changed or Refuse.
type Change struct {
	Req    uint32
	Do     ChangeDo
	Filter string // in the language of journal/filter; without Tasks a blank one is refused

	All   bool       // in the place of a Filter: every task with which it can be done; without Tasks, like the rest of the page
	Count bool       // only count them
	Limit uint16     // tasks in the page; 0, and any more than MaxChange, means that
	After journal.ID // Changed.Cursor of the page before; zero for the first page
	Until journal.ID // leave out tasks above this one: Changed.Last of the first page; zero for none

	Tasks []journal.ID // at most MaxChange
	By    string
	Text  string

	NewKeys string         // of ChangeRetry: what the keys of the tasks begin with that it makes; "" for none
	Target  journal.Target // of ChangeEdit and ChangeMove: who shall do them; kind 0: as it is
	Options []uint8        // of ChangeEdit: what is changed, by number
	Spec    *journal.Spec  // the new values

	Stored []journal.Blob // of ChangeRetry: as Resolve.Stored, for each of Tasks; nil for none
}

// ChangeDo says what is done with tasks. Append-only: on the wire.
type ChangeDo uint8

const (
	ChangeCancel  ChangeDo = 1 // as Cancel
	ChangeHold    ChangeDo = 2 // as Hold
	ChangeRelease ChangeDo = 3 // as Release
	ChangeEdit    ChangeDo = 4 // as Edit
	ChangeMove    ChangeDo = 5 // as Edit, of the target alone
	ChangeRetry   ChangeDo = 6 // as Resolve
	ChangeDrop    ChangeDo = 7 // as Resolve
)

// NewKey is the key of the task that a retry makes of one, "" for none.
func (m *Change) NewKey(id journal.ID) string {
	if m.NewKeys == "" {
		return ""
	}
	return m.NewKeys + "/" + id.String()
}

// Wait asks to be sent Ended for each of the tasks, at once for those that
// have ended. An unknown one is answered with Refuse(CodeUnknownTask), one that is
// forgotten with Refuse(CodeGone), whose text is the task's ID.
type Wait struct {
	Req       uint32
	WantStart bool // send Started and Progress as well; Started at once for those that run
	Tasks     []journal.ID
}

// EndedAck tells that Ended of the task has arrived.
type EndedAck struct{ Task journal.ID }

// ---- broker to client

// Accepted says that the task is in the journal. The same answer is given when
// the same key is submitted again.
type Accepted struct {
	Req   uint32
	Task  journal.ID
	State journal.State
	Known bool // it was accepted before, under the same key

	Key    string         // for dialects that name tasks by it
	Target journal.Target // likewise
}

// BatchAccepted says that all tasks of a batch are in the journal.
type BatchAccepted struct {
	Req      uint32
	Accepted []Accepted // in the order of the batch, without numbers of their own
}

// Status answers Query and Cancel. On the wire the task's spec has its target and
// key only: the client knows what else it asked for.
type Status struct {
	Req  uint32
	Task journal.Task
}

// Found answers Find: a page of tasks as the journal has them. A page may be empty
// and not the last.
type Found struct {
	Req    uint32
	Cursor journal.ID // where to go on; zero after the last page
	Last   journal.ID // the highest ID that was given when the page was read
	Count  uint32     // tasks that match, of those that were looked at for the page
	Tasks  []journal.Task

	Of *Find // what it answers, for who fills it in; not on the wire
}

// Limits answers Limit: a page of them in order of scope and name, or the one
// that was changed, as it is now.
type Limits struct {
	Req   uint32
	More  bool // there are more after the last of these
	Items []LimitItem
}

// LimitItem is a limit with its last change. One that was unset limits nothing.
type LimitItem struct {
	journal.Limit
	Out  uint32 // attempts that it counts at this moment
	AtMS int64  // of the change, Unix milliseconds; 0 for one that was never set
	By   string
	Text string
}

// Shown answers Show: an object, or a page of a list.
type Shown struct {
	Req    uint32
	Cursor string // where to go on; "" after the last page
	JSON   []byte

	Of *Show // what it answers, for who fills it in; not on the wire
}

// Changed answers Change.
type Changed struct {
	Req    uint32
	Cursor journal.ID    // of a page: where to go on; zero after the last one
	Last   journal.ID    // of a page: the highest ID that was given when it was read
	Counts []ChangeCount // how many tasks were meant, by the state that they were in
	Rows   []ChangeRow

	Of *Change // what it answers, for who fills it in; not on the wire
}

// ChangeCount is how many tasks were in a state.
type ChangeCount struct {
	State journal.State
	Tasks uint32
}

// ChangeRow tells what became of a task, or would.
type ChangeRow struct {
	Task      journal.ID
	Before    journal.State // 0 if there is no such task
	WasHeld   bool
	After     journal.State
	Held      bool
	Code      Code // why nothing was done with it; 0 if something was, or it is so already
	Text      string
	RetriedAs journal.ID // of a retry: the task that was made, whose state is After; zero for none
	Changes   []string   // of an edit or a move: what is changed, from what to what
}

// Started tells a client that a worker confirmed the start.
type Started struct {
	Ref
	Worker string
	Key    string
	Target journal.Target
}

// Progress carries a worker's word on an attempt that runs; not journaled. It
// is also what the client is told.
type Progress struct {
	Ref
	Fraction float32 // 0..1, negative if unknown
	Text     string
	Pairs    []string // name=value, each name once
}

// Ended tells a client how its task ended. Repeated until EndedAck.
type Ended struct {
	Ref
	State  journal.State
	Reason journal.Reason
	Text   string
	Class  string // the sort of error, as the worker names it; "" for none
	Result []byte
	Worker string
	Key    string
	Target journal.Target
}

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

func (*Beat) command() command       { return cmdBeat }
func (*Leave) command() command      { return cmdLeave }
func (*Welcome) command() command    { return cmdWelcome }
func (*Refuse) command() command     { return cmdRefuse }
func (*Hello) command() command      { return cmdHello }
func (*Submit) command() command     { return cmdSubmit }
func (*Cancel) command() command     { return cmdCancel }
func (*Hold) command() command       { return cmdHold }
func (*Release) command() command    { return cmdRelease }
func (*Edit) command() command       { return cmdEdit }
func (*Resolve) command() command    { return cmdResolve }
func (*Query) command() command      { return cmdQuery }
func (*Find) command() command       { return cmdFind }
func (*Limit) command() command      { return cmdLimit }
func (*Show) command() command       { return cmdShow }
func (*Change) command() command     { return cmdChange }
func (*Wait) command() command       { return cmdWait }
func (*EndedAck) command() command   { return cmdEndedAck }
func (*Accepted) command() command   { return cmdAccepted }
func (*Status) command() command     { return cmdStatus }
func (*Found) command() command      { return cmdFound }
func (*Limits) command() command     { return cmdLimits }
func (*Shown) command() command      { return cmdShown }
func (*Changed) command() command    { return cmdChanged }
func (*Started) command() command    { return cmdStarted }
func (*Progress) command() command   { return cmdProgress }
func (*Ended) command() command      { return cmdEnded }
func (*Register) command() command   { return cmdRegister }
func (*WorkerBeat) command() command { return cmdWorkerBeat }
func (*Begun) command() command      { return cmdBegun }
func (*Outcome) command() command    { return cmdOutcome }
func (*Dispatch) command() command   { return cmdDispatch }
func (*Stop) command() command       { return cmdStop }
func (*OutcomeAck) command() command { return cmdOutcomeAck }
func (*Replay) command() command     { return cmdNone }
func (*ReplayRow) command() command  { return cmdNone }
func (*ReplayEnd) command() command  { return cmdNone }

func (*Extend) command() command        { return cmdExtend }
func (*ExtendAck) command() command     { return cmdExtendAck }
func (*Checkpoint) command() command    { return cmdCheckpoint }
func (*CheckpointAck) command() command { return cmdCheckpointAck }
