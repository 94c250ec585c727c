package view

// Explanation tells why a task is in the state that it is in, and what it waits for: GET
// /v1/tasks/{id}/explain. For a task that has ended it has only Task, Now and Reasons.
type Explanation struct {
	Task     Task `json:"task"`
	Now      Time `json:"now"`                       // on the broker's clock
	Stopping bool `json:"broker_stopping,omitempty"` // it shuts down, and dispatches nothing

	// Of a member of an array or a broadcast that has not started, or that has to wait until
	// its array or broadcast may go.
	Whole  *Explanation `json:"whole,omitempty"`  // the same of the array or broadcast
	Before int          `json:"before,omitempty"` // how many members that have not started go before it, if it has not started

	// Of a pending task, and of an array that has members which have not started.
	Unstarted      int        `json:"unstarted,omitempty"`  // how many members have not started; all wait as the next one does
	WaitsFor       []Waiting  `json:"waits_for,omitempty"`  // tasks that have to end first
	Limits         []Limiting `json:"limits,omitempty"`     // limits that keep it
	Queue          *Place     `json:"queue,omitempty"`      // its place in the queue, when nothing else keeps it
	Prefers        string     `json:"prefers,omitempty"`    // the selector of the only workers that it may go to until Next
	Candidates     []Standing `json:"candidates,omitempty"` // at most 100 workers that its target means, first those that have what it asks for
	CandidateCount int        `json:"candidate_count"`      // how many these are in all

	Holder   *Standing `json:"holder,omitempty"`    // the worker that has its attempt
	HeldBack bool      `json:"held_back,omitempty"` // its dispatch has not left the broker: the worker has to receive others first, or the body is being read
	Next     *Deadline `json:"next,omitempty"`      // what happens next without anybody doing something, if anything
	Life     *Deadline `json:"life,omitempty"`      // when its life-timeout ends it, if Next comes earlier

	Reasons []Reason `json:"reasons,omitempty"` // all that keeps it where it is, one entry for each thing
}

// Waiting is a task that another one waits for.
type Waiting struct {
	ID    string `json:"id"`
	Wants string `json:"wants"` // ok, any, failed, worker
	State string `json:"state"`
	Held  bool   `json:"held,omitempty"`
}

// Place is the place of a task among those that wait for the same workers, whatever they ask
// for. The tasks of a client go in their order, and the clients take turns.
type Place struct {
	Before  int  `json:"before"`            // how many tasks of its client go before it
	Cut     bool `json:"cut,omitempty"`     // it may be more than Before: only so many waiting tasks were looked at
	Length  int  `json:"length"`            // how many tasks of its client wait
	Clients int  `json:"clients,omitempty"` // how many other clients have waiting tasks
	Others  int  `json:"others,omitempty"`  // how many tasks of these wait

	First      []Ahead `json:"first,omitempty"`       // the first tasks that go before it, at most 3
	OtherFirst []Ahead `json:"other_first,omitempty"` // the first tasks of some other clients, which may go before it; at most 3
}

// Ahead is a task that goes before another one, or may do so.
type Ahead struct {
	ID       string `json:"id"`
	Priority int32  `json:"priority"`
	Client   string `json:"client"`
}

// Standing says whether a worker can take a task, and if not, why.
type Standing struct {
	Name     string `json:"name"`
	State    string `json:"state"`              // as Worker.State
	Slots    int    `json:"slots"`              // 0 if it has not come back since the broker was restarted
	Busy     int    `json:"busy"`               // slots that are in use
	Declined bool   `json:"declined,omitempty"` // it wants another worker to run the task
	// Why is what keeps it from a pending task: target, other-worker, declined,
	// labels, not-preferred, resources (it has less in all than the task needs), away,
	// draining, busy, resources-taken, or kept for a task that has been passed over.
	Why      string `json:"why,omitempty"`
	Term     string `json:"term,omitempty"`     // the term of the selector that it does not match
	Resource string `json:"resource,omitempty"` // the resource of which it has too little
	Needs    string `json:"needs,omitempty"`    // how much of the resource the task needs
	Has      string `json:"has,omitempty"`      // how much of it the worker has left, or has in all
	Of       string `json:"of,omitempty"`       // how much of it the worker has in all
	LostAt   Time   `json:"lost_at,omitzero"`   // if it is away: when its attempts are lost, unless it comes back
}

// Deadline is what happens to a task when its time is up.
type Deadline struct {
	At     Time   `json:"at"`
	Reason string `json:"reason,omitempty"` // queue-timeout, start-timeout, run-timeout, silence, life-timeout, worker-lost; "" when it may be dispatched
	Held   bool   `json:"held,omitempty"`   // it is put on hold then, because its tries are used up
	State  string `json:"state"`            // the state of the task afterwards; its present one if it goes on waiting
}

// Reason is one of the things that keep a task where it is.
type Reason struct {
	// Code says what it is: array (or broadcast, with which this member waits: its reasons
	// follow), stopping, ended, exhausted, held, waits-for, delayed, limit, no-worker,
	// worker (and why it does not take the task), queue, holder-away, or held-back.
	Code   string `json:"code"`
	About  string `json:"about,omitempty"`  // the task, worker or limit that it is about; with no-worker the name in the target
	Why    string `json:"why,omitempty"`    // with worker: Standing.Why; with waits-for: the state of that task; with ended and exhausted: the reason
	Advice string `json:"advice,omitempty"` // what would change it
}
