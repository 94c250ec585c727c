package wire

import "bcp/journal"

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
	// process only: then Body is nil, and Spec has its digest. Written is what was
	// written, if it is at hand. OlderDigests are what older builds have as its digest, if its
	// key was known when it was written.
	Stored       journal.Blob
	Written      []byte
	OlderDigests [2][16]byte
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
// its next try; of one that has ended it makes another task, with the same body. A drop
// ends a pending one. Answered with Status, of the new task if there is one, or Refuse.
type Resolve struct {
	Req    uint32
	Task   journal.ID
	Key    string
	By     string
	Text   string
	Verb   Verb
	NewKey string // of the new task; who repeats the request gives the same

	Copy BodyCopy // of the task's body for the new one, if that is large; not on the wire
}

// BodyCopy is what came of a copy of a large body, which the broker makes for a retry.
type BodyCopy struct {
	Stored  journal.Blob
	Damage  error // why there is none: the body is damaged
	Crowded bool  // likewise: beside those of the tasks before it there was no room for it
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
	ShowMembers     ShowWhat = 5 // the members of an array or a broadcast, in order: Task
)

// OfTask tells whether it is about one task.
func (w ShowWhat) OfTask() bool {
	return w == ShowExplanation || w == ShowHistory || w == ShowMembers
}

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

	Copies []BodyCopy // of ChangeRetry: as Resolve.Copy, for each of Tasks; nil for none
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
