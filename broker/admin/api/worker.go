package api

import (
	"time"

	"bcp/broker"
)

// Worker is what the broker knows of a worker.
type Worker struct {
	Name         string   `json:"name"`
	State        string   `json:"state"`   // live, draining (wants no more) or away (not heard from in time)
	Dialect      string   `json:"dialect"` // BCP/1 or BCP/2
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

// NewWorker returns the worker as the API shows it; nowMS is the broker's wall
// clock in Unix milliseconds.
func NewWorker(w *broker.WorkerInfo, nowMS int64) Worker {
	ago := func(d time.Duration) Time { return Time(nowMS - d.Milliseconds()) }
	v := Worker{
		Name: w.Name, State: workerState(w.Live, w.Draining), Dialect: w.Dialect,
		Services: append([]string{}, w.Services...), Slots: w.Slots, Busy: w.Busy, Labels: w.Labels,
		HeardAt: ago(w.Heard), RegisteredAt: ago(w.Since), Tasks: make([]string, 0, len(w.Tasks)),
	}
	for _, r := range w.Total {
		v.Resources = append(v.Resources, Usage{r.Name, r.Amount.String(), (r.Amount - w.Left.Of(r.Name)).String()})
	}
	for _, id := range w.Tasks {
		v.Tasks = append(v.Tasks, id.String())
	}
	return v
}

func workerState(live, draining bool) string {
	switch {
	case !live:
		return WorkerAway
	case draining:
		return WorkerDraining
	}
	return WorkerLive
}
