package wire

import "bcp/journal"

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

// Status answers Query, and all that is done with one task: Cancel, Hold, Release, Edit and
// Resolve. On the wire the task's spec has its target and key only: the client knows what
// else it asked for.
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
