package broker

import (
	"slices"
	"strings"

	"bcp/journal"
	"bcp/journal/place"
)

// demandKey is all of a task that decides which workers can take it.
type demandKey struct {
	target   journal.Target
	where    string // selector
	prefer   string // likewise, while it waits for a worker that it prefers
	pinned   string // worker that it has to go to
	needs    string // resources
	declined string // by whom, see declinedKey
}

// demand is what tasks with equal keys ask of a worker. It outlives them for a
// while, for the next one of its sort.
type demand struct {
	key      demandKey
	where    place.Selector
	prefer   place.Selector
	needs    place.Amounts
	declined []journal.Decline // workers that don't want the task
	crew     *crew             // the workers that meet it
	at       int               // its place among the demands of the crew
	classes  []*class          // of tasks that wait
	used     uint64            // when it was last asked for, in counts

	inRanking // of those that nothing waits for
}

// demandsIdleMax bounds the demands that are kept although nothing waits for
// them: each costs a look at all workers to make.
const demandsIdleMax = 16_384

// demandOf returns what a task asks of a worker. Prefers tells whether it still
// waits for one that it prefers.
func (b *Broker) demandOf(t *task, prefers bool) *demand {
	key := demandKey{target: t.Spec.Target, where: t.Spec.Where, needs: strings.Join(t.Spec.Resources, ",")}
	var declined []journal.Decline
	if !t.folded() { // one that is has had no attempt, and was submitted for no other task's worker
		declined, key.pinned = t.Declined, t.pinned()
		key.declined = declinedKey(declined)
	}
	if prefers {
		key.prefer = t.Spec.Prefer
	}
	d := b.demands[key]
	if d == nil {
		d = &demand{key: key, where: selector(key.where), prefer: selector(key.prefer), needs: needsOf(t.Spec), declined: declined}
		b.demands[key] = d
		b.crewFor(d).admit(d)
	}
	if len(d.classes) == 0 {
		b.keepIdle(d)
	}
	return d
}

// wanted returns the demand that a pending task waits with, or would.
func (b *Broker) wanted(now Instant, t *task) *demand {
	if t.lane != nil {
		return t.lane.class.key.demand
	}
	return b.demandOf(t, t.prefers(now))
}

// selector reads one that was checked at the submit.
func selector(text string) place.Selector {
	s, err := place.ParseSelector(text)
	if err != nil {
		panic("broker: " + err.Error())
	}
	return s
}

// needsOf reads what an attempt takes of its worker, which was checked at the submit.
func needsOf(s *journal.Spec) place.Amounts {
	needs, err := place.ParseAmounts(s.Resources)
	if err != nil {
		panic("broker: " + err.Error())
	}
	return needs
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
	b.uses++
	d.used = b.uses
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
func (d *demand) fits(w *worker) bool { return d.against(w).Why == Fits }

// against tells why the demand doesn't mean the worker: Fits if it does.
func (d *demand) against(w *worker) Obstacle {
	switch {
	case !w.serves(d.key.target):
		return Obstacle{Why: OtherTarget}
	case d.key.pinned != "" && d.key.pinned != w.name:
		return Obstacle{Why: OtherWorker}
	case slices.Contains(d.declined, journal.Decline{Worker: w.name, Instance: w.instance}):
		return Obstacle{Why: Declined}
	}
	if term := d.where.Unmet(&w.offer); term != "" {
		return Obstacle{Why: NoMatch, Term: term}
	}
	if term := d.prefer.Unmet(&w.offer); term != "" {
		return Obstacle{Why: NotPreferred, Term: term}
	}
	if r, short := w.offer.Resources.Short(d.needs); short {
		all := w.offer.Resources.Of(r.Name)
		return Obstacle{Why: TooSmall, Resource: r.Name, Needs: r.Amount, Has: all, Of: all}
	}
	return Obstacle{}
}

// serves tells whether the target means the worker, by its name or a service.
func (w *worker) serves(target journal.Target) bool {
	switch target.Kind {
	case journal.ToWorker:
		return w.name == target.Name
	case journal.ToService:
		return w.does(target.Name)
	case journal.ToAll:
		return target.Name == "" || w.does(target.Name)
	}
	return true
}

// does tells whether the worker serves a service.
func (w *worker) does(service string) bool {
	_, found := slices.BinarySearch(w.services, service)
	return found
}

// before orders by who was asked for longest ago.
func (d *demand) before(other *demand) bool { return d.used < other.used }
