package bolt

import (
	"errors"

	"bcp/journal"
)

// stagedItem is an item whose large payloads are written.
type stagedItem struct {
	*journal.Item
	body, result journal.Record // with payload or blob, as putPayload takes them
}

// stageItem writes the large payloads of an item.
func (s *Store) stageItem(i *journal.Item) (staged stagedItem, err error) {
	staged.Item = i
	if i.Entry == nil {
		return staged, nil
	}
	id := i.Entry.Task.ID
	body, bodyErr := s.stagePayload(id, i.Body)
	result, resultErr := s.stagePayload(id, i.Result)
	staged.body, staged.result = body, result
	return staged, errors.Join(bodyErr, resultErr)
}

func (s *Store) stagePayload(id journal.ID, payload []byte) (r journal.Record, err error) {
	r = journal.Record{Task: id, Payload: payload}
	if len(payload) >= journal.BlobMin {
		r.Payload = nil
		r.Blob, err = s.Stage(payload)
	}
	return r, err
}

// takeAll writes items that are not there.
func (w *writer) takeAll(items []stagedItem) error {
	live := map[journal.ID]bool{}
	for n := range items {
		if e := items[n].Entry; e != nil && !e.Task.State.Ended() {
			live[e.Task.ID] = true
		}
		if err := w.take(&items[n]); err != nil {
			return err
		}
	}
	return w.unsay(live)
}

// take writes an item that is not there.
func (w *writer) take(i *stagedItem) error {
	switch {
	case i.Setting != nil:
		return w.settings.replace([]byte(i.Setting.Setting.Name), i.Row)
	case i.Stone != nil:
		w.given(i.Stone.Task)
		return andThen(w.mustPut(w.table(bucketGone), i.Stone.Task[:], i.Stone.Task),
			func() error { return w.bury(*i.Stone, i.GoneMS) },
			func() error { return w.bindNew(i.Stone.Key, i.Stone.Task) })
	}
	t := &i.Entry.Task
	w.given(i.Entry.Records[0].LastID())
	err := errors.Join(w.foldNow(t.ID), w.bindNew(t.Spec.Key, t.ID), w.takePayload(w.open, &i.body))
	if t.State.Ended() {
		return errors.Join(err, w.takeEnded(i))
	}
	if i.Checkpoint != nil {
		err = errors.Join(err, w.checkpoints.replace(t.ID[:], i.Checkpoint))
	}
	w.late.rows++
	return errors.Join(err, w.state.replace(t.ID[:], i.Row))
}

// given has no new task get an ID up to this one.
func (w *writer) given(last journal.ID) {
	if last.Compare(w.counters.last) > 0 {
		w.counters.last = last
	}
}

func (w *writer) takeEnded(i *stagedItem) error {
	id := i.Entry.Task.ID
	w.counters.ended++
	w.enter(&i.Entry.Records[len(i.Entry.Records)-1])
	return andThen(w.mustPut(w.done, id[:], id),
		func() error { return w.done.replace(id[:], i.Row) },
		func() error { return w.takePayload(w.result, &i.result) })
}

// takePayload writes a payload, in the place of one that damage may have left there.
func (w *writer) takePayload(b *table, r *journal.Record) error {
	return andThen(w.dropPayload(b, r.Task), func() error { return w.mustPutPayload(b, r) })
}

// bindNew has a client's key stand for a task that is imported, unless it stands for a
// later one.
func (w *writer) bindNew(key string, id journal.ID) error {
	if key == "" {
		return nil
	}
	if err := w.mustPut(w.keys, []byte(key), id); err != nil {
		return err
	}
	if entry := w.keys.find([]byte(key)).value; entry != nil {
		if bound, err := journal.OpenKey([]byte(key), entry); err == nil && bound.Compare(id) > 0 {
			return nil
		}
	}
	return w.putKey([]byte(key), id)
}
