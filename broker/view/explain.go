package view

// Explanation tells why a task is where it is: GET /v1/tasks/{id}/explain. Of a
// task that has ended it has Task alone; its reason and text say why.
type Explanation struct {
	Task     Task `json:"task"`
	Now      Time `json:"now"`                       // on the broker's clock
	Stopping bool `json:"broker_stopping,omitempty"` // it shuts down, and dispatches nothing

	// Of a member of an array or a broadcast that has not started, or may not go before that may.
	Whole  *Explanation `json:"whole,omitempty"`  // what keeps the array or broadcast
	Before int          `json:"before,omitempty"` // of one that has not started: those that haven't either and go before it

	// Of a pending task, and of an array that has members which have not started.
	Unstarted      int        `json:"unstarted,omitempty"`  // how many these are: they wait as the next one does
	WaitsFor       []Waiting  `json:"waits_for,omitempty"`  // tasks that have to end first
	Limits         []Limiting `json:"limits,omitempty"`     // that keep it
	Queue          *Place     `json:"queue,omitempty"`      // once nothing else keeps it
	Prefers        string     `json:"prefers,omitempty"`    // selector of the workers that alone will do until Next
	Candidates     []Standing `json:"candidates,omitempty"` // workers that its target means, those first that are what it asks for; 100 at most
	CandidateCount int        `json:"candidate_count"`      // of them all

	Holder   *Standing `json:"holder,omitempty"`    // the worker that has its attempt
	HeldBack bool      `json:"held_back,omitempty"` // its dispatch has not left the broker: the worker has to take in others first, or its body is being read
	Next     *Deadline `json:"next,omitempty"`      // what happens of itself, if anything
	Life     *Deadline `json:"life,omitempty"`      // when its life ends, if something else comes first

	Reasons []Reason `json:"reasons,omitempty"` // what keeps it where it is, one entry for each
}

// Waiting is another task that one waits for.
type Waiting struct {
	ID    string `json:"id"`
	Wants string `json:"wants"` // ok, any, failed, worker
	State string `json:"state"`
	Held  bool   `json:"held,omitempty"`
}

// Place is where a task stands among those that wait for the same workers, whatever they
// ask for: the tasks of a client go in their order, and the clients take turns.
type Place struct {
	Before  int  `json:"before"`            // tasks of its client that go first
	Cut     bool `json:"cut,omitempty"`     // more than these may: what waits for the same workers was looked at up to a limit
	Length  int  `json:"length"`            // tasks of its client
	Clients int  `json:"clients,omitempty"` // others, whose tasks wait as well
	Others  int  `json:"others,omitempty"`  // tasks of these

	First      []Ahead `json:"first,omitempty"`       // the first of those that go before it, at most 3
	OtherFirst []Ahead `json:"other_first,omitempty"` // the first ones of some other clients, which may; at most 3
}

// Ahead is a task that goes before another one, or may.
type Ahead struct {
	ID       string `json:"id"`
	Priority int32  `json:"priority"`
	Client   string `json:"client"`
}

// Standing is how a worker stands toward a task.
type Standing struct {
	Name     string `json:"name"`
	State    string `json:"state"` // as Worker.State
	Slots    int    `json:"slots"` // 0 for one that is awaited since a restart
	Busy     int    `json:"busy"`
	Declined bool   `json:"declined,omitempty"` // it wants another one to do the task
	// Why is what keeps it from a pending task: target, other-worker, declined,
	// labels, not-preferred, resources (it has less in all than the task needs), away,
	// draining, busy, resources-taken, or kept for a task that has been passed over.
	Why      string `json:"why,omitempty"`
	Term     string `json:"term,omitempty"`     // of the selector, that it doesn't match
	Resource string `json:"resource,omitempty"` // that it has too little of
	Needs    string `json:"needs,omitempty"`    // how much of that the task needs
	Has      string `json:"has,omitempty"`      // how much of that it has left, or in all
	Of       string `json:"of,omitempty"`       // in all
	LostAt   Time   `json:"lost_at,omitzero"`   // of one that is away: when what it has is lost, if it has not come back
}

// Deadline is what happens to a task when its time is up.
type Deadline struct {
	At     Time   `json:"at"`
	Reason string `json:"reason,omitempty"` // queue-timeout, start-timeout, run-timeout, silence, life-timeout, worker-lost; "" when it may be dispatched
	Held   bool   `json:"held,omitempty"`   // it is put aside then, for its tries are used up
	State  string `json:"state"`            // of the task when this is through; its present one if it goes on waiting
}

// Reason is one of the things that keep a task where it is.
type Reason struct {
	// Code says what it is: array (or broadcast, with which this member waits: its reasons
	// follow), stopping, ended, exhausted, held, waits-for, delayed, limit, no-worker,
	// worker (and why it does not take the task), queue, holder-away, or held-back.
	Code   string `json:"code"`
	About  string `json:"about,omitempty"`  // the task, worker or limit that it is about; of no-worker the name in the target
	Why    string `json:"why,omitempty"`    // of worker: as Standing.Why; of waits-for: that task's state; of ended, exhausted: the reason
	Advice string `json:"advice,omitempty"` // what would change it
}
