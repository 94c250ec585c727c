package answer

import (
	"time"

	"bcp/broker"
	"bcp/broker/view"
	"bcp/broker/wire"
)

// NewWorker returns the worker as it is shown; nowMS is the broker's wall
// clock in Unix milliseconds.
func NewWorker(w *broker.WorkerInfo, nowMS int64) view.Worker {
	ago := func(d time.Duration) view.Time { return view.Time(nowMS - d.Milliseconds()) }
	v := view.Worker{
		Name: w.Name, State: workerState(w.Live, w.Draining), Dialect: w.Dialect,
		Services: append([]string{}, w.Services...), Slots: w.Slots, Busy: w.Busy, Labels: w.Labels,
		Tasks: make([]string, 0, len(w.Tasks)),
	}
	if w.Dialect != "" {
		v.HeardAt, v.RegisteredAt = ago(w.Heard), ago(w.Since)
	}
	for _, r := range w.Total {
		v.Resources = append(v.Resources, view.Usage{Name: r.Name, Total: r.Amount.String(), Used: (r.Amount - w.Left.Of(r.Name)).String()})
	}
	for _, id := range w.Tasks {
		v.Tasks = append(v.Tasks, id.String())
	}
	return v
}

func workerState(live, draining bool) string {
	switch {
	case !live:
		return view.WorkerAway
	case draining:
		return view.WorkerDraining
	}
	return view.WorkerLive
}

// workers returns a page of the workers that are known. A cursor is the name of the last
// one of the page before.
func workers(look Look, asked *wire.Show) (list []byte, cursor string, err error) {
	var known []broker.WorkerInfo
	var nowMS int64
	err = look(func(now broker.Instant, b *broker.Broker) {
		known, nowMS = b.WorkersAfter(now, asked.After, itemsOf(asked)+1), now.WallMS
	})
	if err != nil {
		return nil, "", err
	}
	shown := make([]view.Worker, 0, len(known))
	for i := range known {
		shown = append(shown, NewWorker(&known[i], nowMS))
	}
	list, n, err := page(shown, itemsOf(asked))
	if err != nil {
		return nil, "", err
	}
	if n < len(shown) {
		cursor = shown[n-1].Name
	}
	return list, cursor, nil
}
