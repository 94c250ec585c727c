package view

// Worker is what the broker knows of a worker.
type Worker struct {
	Name         string   `json:"name"`
	State        string   `json:"state"`   // live, draining (wants no more) or away (not heard from in time)
	Dialect      string   `json:"dialect"` // BCP/1 or BCP/2; "" for one that is awaited since a restart
	Services     []string `json:"services"`
	Slots        int      `json:"slots"`
	Busy         int      `json:"busy"`
	Labels       []string `json:"labels,omitempty"` // name=value
	Resources    []Usage  `json:"resources,omitempty"`
	HeardAt      Time     `json:"heard_at,omitzero"`
	RegisteredAt Time     `json:"registered_at,omitzero"`
	Tasks        []string `json:"tasks"` // IDs of the attempts it has
}

// Usage is how much a worker has of a resource. Amounts are numbers, with Mi, Gi
// or Ti after them if they are multiples of that.
type Usage struct {
	Name  string `json:"name"`
	Total string `json:"total"`
	Used  string `json:"used"` // by the attempts that it has
}

// Names of Worker.State.
const (
	WorkerLive     = "live"
	WorkerDraining = "draining"
	WorkerAway     = "away"
)
