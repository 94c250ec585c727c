package broker

import (
	"slices"

	"bcp/journal"
)

// demandKey is all of a task that decides which workers can take it.
type demandKey struct {
	target   journal.Target
	declined string // by whom, see declinedKey
}

// demand is what tasks with equal keys ask of a worker. It outlives them for a
// while, for the next one of its sort.
type demand struct {
	key      demandKey
	declined []journal.Decline // workers that don't want the task
	crew     *crew             // the workers that meet it
	at       int               // its place among the demands of the crew
	classes  []*class          // of tasks that wait
	used     uint64            // when it was last asked for, in counts
	index    int32             // among those that nothing waits for, from 1; 0 while something does
}

// demandsIdleMax bounds the demands that are kept although nothing waits for
// them: each costs a look at all workers to make.
const demandsIdleMax = 16_384

// demandOf returns what a task asks of a worker.
func (b *Broker) demandOf(t *task) *demand {
	var declined []journal.Decline
	if !t.folded() { // one that is has had no attempt
		declined = t.Declined
	}
	key := demandKey{target: t.Spec.Target, declined: declinedKey(declined)}
	d := b.demands[key]
	if d == nil {
		d = &demand{key: key, declined: declined}
		b.demands[key] = d
		b.crewFor(d).admit(d)
	}
	if len(d.classes) == 0 {
		b.keepIdle(d)
	}
	return d
}

// declinedKey spells a list of workers that have declined a task.
func declinedKey(list []journal.Decline) string {
	if len(list) == 0 {
		return ""
	}
	var key []byte
	for _, d := range list {
		key = append(append(key, byte(len(d.Worker))), d.Worker...)
		key = append(key, d.Instance[:]...)
	}
	return string(key)
}

// keepIdle keeps a demand that nothing waits for. If there are too many, the one
// goes that nobody has asked for the longest. What somebody has declined is seldom
// declined by the same ones as another task: of those only the last is kept.
func (b *Broker) keepIdle(d *demand) {
	b.asked++
	d.used = b.asked
	b.idle.put(d)
	if len(d.declined) > 0 {
		if last := b.declined; last != nil && last != d && last.index > 0 {
			b.forgetDemand(last)
		}
		b.declined = d
	}
	if len(b.idle) > demandsIdleMax {
		b.forgetDemand(b.idle[0])
	}
}

// forgetDemand forgets one that nothing waits for.
func (b *Broker) forgetDemand(d *demand) {
	b.idle.remove(d)
	delete(b.demands, d.key)
	b.part(d)
}

// fits tells whether the demand means the worker, whatever that is at.
func (d *demand) fits(w *worker) bool {
	if slices.Contains(d.declined, journal.Decline{Worker: w.name, Instance: w.instance}) {
		return false
	}
	if d.key.target.Kind == journal.ToWorker {
		return w.name == d.key.target.Name
	}
	return w.does(d.key.target.Name)
}

// does tells whether the worker serves a service.
func (w *worker) does(service string) bool {
	_, found := slices.BinarySearch(w.services, service)
	return found
}

// before orders by who was asked for longest ago.
func (d *demand) before(other *demand) bool { return d.used < other.used }

func (d *demand) slot() *int32 { return &d.index }
