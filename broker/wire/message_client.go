package wire

import "bcp/journal"

// ---- client to broker

// Hello opens or resumes a session. It is the first message of a client on a connection, and
// the first one after a Refuse with CodeUnknownPeer. It is answered with Welcome or Refuse.
type Hello struct {
	Session string // chosen by the client, unique; 1..MaxName bytes
}

// Submit asks for a task. It is answered with Accepted or Refuse, and when the task ends with
// Ended, which is repeated until EndedAck.
type Submit struct {
	Req       uint32
	Spec      *journal.Spec // the broker fills in Client and Digest
	WantStart bool          // send Started and Progress as well
	Quiet     bool          // do not send Ended: the client will ask
	Body      []byte

	As string // who submits, if not the session: Local only, not on the wire

	// Stored is the body if it has been written to the journal's disk already, within the
	// broker's process: Body is nil then, and Spec has its digest. Written is the body's bytes
	// as long as they are in memory. OlderDigests are the digests that older builds would have
	// given it, if its key was known when it was written.
	Stored       journal.Blob
	Written      []byte
	OlderDigests [2][16]byte
}

// BodySize returns the size of the body in bytes, whether it is in Body or Stored.
func (m *Submit) BodySize() int { return max(len(m.Body), m.Stored.Size) }

// SubmitBatch asks for many tasks, of which either all are accepted or none. A task may wait
// for another one of the batch, which BatchRef names. It is answered with BatchAccepted, or
// with one Refuse, whose text begins with the place of the task that is wrong (see
// BatchPlace); later with Ended for each task.
type SubmitBatch struct {
	Req     uint32
	Submits []Submit // 1 to MaxBatch; their Req is not used
}

// Cancel asks for the end of a task, which is named by its ID or, if that is zero, by its key.
// It is answered with Status or Refuse.
type Cancel struct {
	Req  uint32
	Task journal.ID
	Key  string
	By   string // who asks, for the task's history
	Text string // why

	Target journal.Target // for dialects that name tasks by key and target
}

// Hold puts a pending task on hold: it is not dispatched until Release. It is answered with
// Status, or with a Refuse with CodeNotAllowed if the task is not pending.
type Hold struct {
	Req  uint32
	Task journal.ID
	Key  string
	By   string
	Text string
}

// Release ends a Hold. It is answered with Status. If the task is not on hold, in whatever
// state it is, nothing changes.
type Release Hold

// Edit changes options of a task that has not ended, or its target. Other options stay as they
// are. It is answered with Status, or with Refuse if any of them can't be changed: then none
// is.
type Edit struct {
	Req     uint32
	Task    journal.ID
	Key     string
	By      string
	Text    string
	Target  journal.Target // the new target; of kind 0: the target stays
	Options []uint8        // the numbers of the options that are changed, as in journal.Options
	Spec    *journal.Spec  // has the new values of these options
}

// Verb says what a Resolve decides. The list is append-only: the numbers are on the wire.
type Verb uint8

const (
	ResolveRetry Verb = 1 // try it again
	ResolveDrop  Verb = 2 // give it up
)

// Resolve decides about a task that does not go on by itself.
//
// A retry lets a task go on that is on hold because its tries are used up, and one that waits
// for its next try it lets go on at once. If the task has ended, it makes another task with
// the same body. A drop ends a pending task.
//
// It is answered with Status, of the new task if there is one, or with Refuse.
type Resolve struct {
	Req    uint32
	Task   journal.ID
	Key    string
	By     string
	Text   string
	Verb   Verb
	NewKey string // the key of the new task; a repetition of the request has to give the same

	Copy BodyCopy // the body of the new task, if it is large; not on the wire
}

// BodyCopy is the copy of a large body that the broker makes for a retry.
type BodyCopy struct {
	Stored  journal.Blob
	Damage  error // there is no copy, because the body is damaged
	Crowded bool  // there is no copy, because the copies for the tasks before it took the room
}

// Query asks for the state of a task, by ID or key. It is answered with Status or Refuse.
type Query struct {
	Req  uint32
	Task journal.ID
	Key  string
}

// Find asks for a page of the tasks that match a filter, in the order in which they were
// submitted. It is answered with Found or Refuse.
type Find struct {
	Req    uint32
	Count  bool       // only count them
	Limit  uint16     // tasks in the page; 0 and all above filter.FoundMax mean filter.FoundMax
	After  journal.ID // Found.Cursor of the page before; zero for the first page
	Until  journal.ID // leave out tasks with higher IDs: Found.Last of the first page; zero: none
	Filter string     // in the language of journal/filter; "" means all that have not ended
}

// Limit asks for a page of the limits, or for one limit to be changed. It is answered with
// Limits or Refuse.
type Limit struct {
	Req  uint32
	Do   LimitDo
	What journal.Limit // which one, and its parts: see LimitDo
	By   string
	Text string
}

// LimitDo says what a Limit asks for. The list is append-only: the numbers are on the wire.
type LimitDo uint8

const (
	LimitList  LimitDo = 1 // list those behind What in order of scope and name; from the first if What is zero
	LimitSet   LimitDo = 2 // set the parts of What that are not zero, and leave the others as they are
	LimitUnset LimitDo = 3 // remove the parts of What that are not zero, or all if all are
)

// Show asks for something as JSON: about one task, which is named by its ID or, if that is
// zero, by its key; or a page of a list. It is answered with Shown or Refuse.
type Show struct {
	Req   uint32
	What  ShowWhat
	Limit uint16 // items in a page; 0 and all above MaxShownPage mean MaxShownPage
	Task  journal.ID
	Key   string
	After string // Shown.Cursor of the page before; "" for the first page
}

// ShowWhat says what is to be shown. Package broker/view has the types of the JSON. The list
// is append-only: the numbers are on the wire.
type ShowWhat uint8

const (
	ShowExplanation ShowWhat = 1 // why a task is where it is: an Explanation
	ShowHistory     ShowWhat = 2 // what became of a task: HistoryEntry, in order
	ShowQueues      ShowWhat = 3 // what waits and runs for whom: Queue
	ShowWorkers     ShowWhat = 4 // the workers that are known, by name: Worker
	ShowMembers     ShowWhat = 5 // the members of an array or a broadcast, in order: Task
)

// OfTask tells whether it is about one task.
func (w ShowWhat) OfTask() bool {
	return w == ShowExplanation || w == ShowHistory || w == ShowMembers
}

// Change asks for the same change of many tasks, in two steps. Without Tasks it changes
// nothing and asks for a page of the tasks that match the filter and can be changed, with what
// would become of them. With Tasks it changes those of them that still match the filter. A
// task that needs no change is left as it is, so a Change can be repeated. It is answered with
// Changed or Refuse.
type Change struct {
	Req    uint32
	Do     ChangeDo
	Filter string // in the language of journal/filter; without Tasks a blank one is refused

	// Without Tasks: which page is asked for.
	All   bool       // instead of a Filter: all tasks that can be changed
	Count bool       // only count them
	Limit uint16     // tasks in the page; 0 and all above MaxChange mean MaxChange
	After journal.ID // Changed.Cursor of the page before; zero for the first page
	Until journal.ID // leave out tasks with higher IDs: Changed.Last of the first page; zero: none

	Tasks []journal.ID // at most MaxChange
	By    string       // who asks, for the history of the tasks
	Text  string       // why

	NewKeys string         // of ChangeRetry: what the keys of the new tasks begin with; "": they have none
	Target  journal.Target // of ChangeEdit and ChangeMove: the new target; of kind 0: it stays
	Options []uint8        // of ChangeEdit: the numbers of the options that are changed
	Spec    *journal.Spec  // has the new values of these options

	Copies []BodyCopy // of ChangeRetry: Resolve.Copy for each of Tasks; nil for none
}

// ChangeDo says what a Change does with the tasks. The list is append-only: the numbers are on
// the wire.
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

// NewKey returns the key of the task that a retry makes for the task with this ID, or "" if it
// has none.
func (m *Change) NewKey(id journal.ID) string {
	if m.NewKeys == "" {
		return ""
	}
	return m.NewKeys + "/" + id.String()
}

// Wait asks for Ended of each of the tasks; it is sent at once for those that have ended. For
// an unknown task the answer is a Refuse with CodeUnknownTask, and for one that is forgotten a
// Refuse with CodeGone. Its text is the ID of the task.
type Wait struct {
	Req       uint32
	WantStart bool // send Started and Progress as well; Started at once for those that run
	Tasks     []journal.ID
}

// EndedAck tells the broker that Ended of the task has arrived.
type EndedAck struct{ Task journal.ID }
