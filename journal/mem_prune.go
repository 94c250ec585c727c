package journal

import (
	"cmp"
	"slices"
)

// memTombstone is a tombstone on a MemDisk, and when it was written.
type memTombstone struct {
	sealed  []byte
	sinceMS int64
}

// CommitAndPrune implements Store.
func (s *MemStore) CommitAndPrune(records []Record, r Retention, limit int) (forgot int, damage, err error) {
	err = s.commit(records, func() { forgot = s.disk.prune(r, limit) })
	return forgot, nil, err
}

// prune takes one step of pruning, and returns how many it forgot.
func (d *MemDisk) prune(r Retention, limit int) int {
	p := memPruner{disk: d, retention: r, looks: limit}
	p.each(d.due(false), r.Ended, r.NowMS-r.EndedMS, p.forgetTask)
	p.each(d.due(true), r.Asked, r.NowMS, p.forgetTask)
	p.each(d.buried(), r.Keys, r.NowMS-r.KeysMS, p.forgetKey)
	return p.forgot
}

// dueTask is a task and the moment that it is kept by.
type dueTask struct {
	atMS int64
	id   ID
}

func (a dueTask) compare(b dueTask) int {
	return cmp.Or(cmp.Compare(a.atMS, b.atMS), a.id.Compare(b.id))
}

// due lists the tasks that have ended, the first to be forgotten in front: those
// that say how long they are kept, or those that don't.
func (d *MemDisk) due(asked bool) (list []dueTask) {
	for id := range d.ended {
		t := d.ended[id]
		switch {
		case t.WithWhole || asked != (t.KeepUntilMS > 0):
		case asked:
			list = append(list, dueTask{t.KeepUntilMS, id})
		default:
			list = append(list, dueTask{t.EndedMS, id})
		}
	}
	slices.SortFunc(list, dueTask.compare)
	return list
}

// buried lists the tombstones, the oldest in front.
func (d *MemDisk) buried() (list []dueTask) {
	for id, t := range d.gone {
		list = append(list, dueTask{t.sinceMS, id})
	}
	slices.SortFunc(list, dueTask.compare)
	return list
}

// memPruner is one step of pruning.
type memPruner struct {
	disk          *MemDisk
	retention     Retention
	looks, forgot int
}

// each forgets those of the list that are in excess or from before the time.
func (p *memPruner) each(list []dueTask, keep uint64, beforeMS int64, forget func(ID)) {
	excess := max(len(list)-int(min(keep, uint64(len(list)))), 0)
	for i, due := range list {
		if p.looks == 0 || i >= excess && due.atMS >= beforeMS {
			return
		}
		p.looks--
		forget(due.id)
	}
}

// forgetTask forgets a task after all its members.
func (p *memPruner) forgetTask(id ID) {
	n := p.disk.ended[id].Members
	if n == 0 {
		p.forget(id)
		return
	}
	p.looks++ // it is looked at again when they have gone
	last := IDPlus(id, n)
	members := p.disk.list(Range{Ended: true, After: id})
	members = slices.DeleteFunc(members, func(m ID) bool { return m.Compare(last) > 0 })
	for _, next := range append(members, id) {
		if p.looks == 0 {
			return
		}
		p.looks--
		p.forget(next)
	}
}

func (p *memPruner) forget(id ID) {
	d, t := p.disk, p.disk.ended[id]
	p.forgot++
	delete(d.rows, id)
	delete(d.ended, id)
	d.drop(d.results, id)
	d.drop(d.bodies, id)
	d.meta.Ended--
	switch {
	case t.Spec.Key == "":
	case p.retention.Keys == 0:
		d.unbind(t.Spec.Key, id)
	default:
		stone := t.Bury()
		d.gone[id] = memTombstone{stone.Append(nil), p.retention.NowMS}
	}
}

func (p *memPruner) forgetKey(id ID) {
	p.forgot++
	stone, err := OpenTombstone(id, p.disk.gone[id].sealed)
	if err != nil {
		panic(err) // nothing damages what is in memory
	}
	p.disk.unbind(stone.Key, id)
	delete(p.disk.gone, id)
}

func (d *MemDisk) unbind(key string, id ID) {
	if d.keys[key] == id {
		delete(d.keys, key)
	}
}
