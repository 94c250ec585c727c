package wire

import "bcp/journal"

// ---- broker to client

// Accepted says that the task is durable in the journal. A submit under a key that was used
// before gets the same answer, with the task of that key and Known set.
type Accepted struct {
	Req   uint32
	Task  journal.ID
	State journal.State
	Known bool // it was accepted before, under the same key

	Key string // for dialects that name tasks by it
}

// BatchAccepted says that all tasks of a batch are in the journal.
type BatchAccepted struct {
	Req      uint32
	Accepted []Accepted // in the order of the batch, without numbers of their own
}

// Status answers Query, and also Cancel, Hold, Release, Edit and Resolve: the task as it is
// now. On the wire the spec of the task has only its target and key, because the client knows
// what else it asked for.
type Status struct {
	Req  uint32
	Task journal.Task
}

// Found answers Find: a page of tasks as they are in the journal. A page may be empty without
// being the last one.
type Found struct {
	Req    uint32
	Cursor journal.ID // Find.After of the next page; zero if this was the last one
	Last   journal.ID // the highest ID that any task had when the page was read
	Count  uint32     // tasks that match, of those that were looked at for the page
	Tasks  []journal.Task

	Of *Find // the request, if the page is still to be filled in; not on the wire
}

// Limits answers Limit: a page of the limits in order of scope and name, or the one limit that
// was changed, as it is now.
type Limits struct {
	Req   uint32
	More  bool // there are more after the last of these
	Items []LimitItem
}

// LimitItem is a limit and its last change. A limit that was unset limits nothing.
type LimitItem struct {
	journal.Limit
	Out  uint32 // attempts that count against it now
	AtMS int64  // when it was changed, Unix milliseconds; 0 if it was never set
	By   string // who changed it
	Text string // why
}

// Shown answers Show: an object, or a page of a list.
type Shown struct {
	Req    uint32
	Cursor string // Show.After of the next page; "" if this was the last one
	JSON   []byte

	Of *Show // the request, if JSON is still to be filled in; not on the wire
}

// Changed answers Change: a page of what would be changed, or what has become of the tasks.
type Changed struct {
	Req    uint32
	Cursor journal.ID    // of a page: Change.After of the next one; zero if this was the last one
	Last   journal.ID    // of a page: the highest ID that any task had when it was read
	Counts []ChangeCount // how many tasks were or would be changed, by their state before
	Rows   []ChangeRow

	Of *Change // the request, if the page is still to be filled in; not on the wire
}

// ChangeCount is how many tasks were in a state.
type ChangeCount struct {
	State journal.State
	Tasks uint32
}

// ChangeRow tells what a Change has done with a task, or would do.
type ChangeRow struct {
	Task      journal.ID
	Before    journal.State // 0 if there is no such task
	WasHeld   bool
	After     journal.State
	Held      bool
	Code      Code // why nothing was done; 0 if something was, or if nothing needed to be done
	Text      string
	RetriedAs journal.ID // of a retry: the task that was made, whose state is After; zero for none
	Changes   []string   // of an edit or a move: what is changed, from what to what
}

// Started tells a client that a worker has confirmed the start of an attempt.
type Started struct {
	Ref
	Worker string
	Key    string
}

// Progress is what a worker tells about an attempt that runs, and what the broker passes on to
// the client. It is not in the journal.
type Progress struct {
	Ref
	Fraction float32 // 0..1, negative if unknown
	Text     string
	Pairs    []string // name=value, each name once
}

// Ended tells a client how its task ended. The broker repeats it until EndedAck.
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
