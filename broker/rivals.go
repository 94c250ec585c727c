package broker

import "slices"

// rivalClassesMax bounds the classes that are looked at for a task's place in the queue.
const rivalClassesMax = 20_000 // some 10 ms

// rivals are the lanes whose tasks a task waits with: what they ask for may differ, but they
// could go to the same workers, or are for the same while no worker is there.
type rivals struct {
	own    []*lane // its client's
	others []*lane // other clients'
	cut    bool    // there are more
}

// rivals returns the lane's rivals, and the lane itself. What a limit keeps aside that
// doesn't keep this one is not among them: who is before whom is open there.
func (l *lane) rivals() (r rivals) {
	looked := 0
	for _, d := range l.nearDemands() {
		for _, class := range d.classes {
			if looked++; looked > rivalClassesMax && class != l.class {
				r.cut = true
				continue
			}
			r.add(l, class)
		}
	}
	return r
}

// nearDemands returns the demands for the same workers, and the lane's own; while no worker
// is there, those that are likely to be.
func (l *lane) nearDemands() (list []*demand) {
	own := &l.class.key.demand.key
	for _, c := range l.nearCrews() {
		for _, d := range c.demands {
			if len(c.members) > 0 || d.key.alike(own) {
				list = append(list, d)
			}
		}
	}
	return list
}

// alike tells whether a worker that comes is likely to be for both.
func (k *demandKey) alike(other *demandKey) bool {
	return k.target == other.target && k.pinned == other.pinned && k.where == other.where
}

func (r *rivals) add(l *lane, class *class) {
	for _, other := range class.lanes {
		switch {
		case other != l && other.by != nil && other.by != l.by:
		case other.client == l.client:
			r.own = append(r.own, other)
		default:
			r.others = append(r.others, other)
		}
	}
}

// nearCrews returns the crew of the lane, and those that have some of its workers.
func (l *lane) nearCrews() []*crew {
	list := []*crew{l.crew()}
	seen := map[*crew]bool{l.crew(): true}
	for _, m := range l.crew().members {
		for _, other := range m.worker.members {
			if !seen[other.crew] {
				seen[other.crew] = true
				list = append(list, other.crew)
			}
		}
	}
	return list
}

// countTasks counts the tasks of lanes.
func countTasks(lanes []*lane) (n int) {
	for _, l := range lanes {
		n += l.len()
	}
	return n
}

// before counts the tasks of its client that go before t.
func (r *rivals) before(t *task) (n int) {
	for _, l := range r.own {
		n += l.ahead(t)
	}
	return n
}

// aheadShown is how many tasks are told that go before one, and how many of other
// clients.
const aheadShown = 3

func aheadOf(t *task) Ahead { return Ahead{t.ID, t.Spec.Priority, t.Spec.Client} }

// firstOnes returns the tasks of its client that go first, in order, up to t.
func (r *rivals) firstOnes(t *task) (first []Ahead) {
	var list []*task
	for _, l := range r.own {
		list = append(list, l.firstOnes(aheadShown)...)
	}
	slices.SortFunc(list, inTurn[*task])
	for _, x := range list[:min(len(list), aheadShown)] {
		if x == t {
			break
		}
		first = append(first, aheadOf(x))
	}
	return first
}

// heads returns the lane of each other client whose first task goes first, in the order
// of these tasks.
func (r *rivals) heads() []*lane {
	byClient := make(map[string]*lane)
	for _, l := range r.others {
		if first := byClient[l.client]; first == nil || l.before(first) {
			byClient[l.client] = l
		}
	}
	heads := make([]*lane, 0, len(byClient))
	for _, l := range byClient {
		heads = append(heads, l)
	}
	slices.SortFunc(heads, inTurn[*lane])
	return heads
}

// inTurn compares two of which none goes when the other does.
func inTurn[T interface{ before(T) bool }](x, y T) int {
	if x.before(y) {
		return -1
	}
	return 1
}
