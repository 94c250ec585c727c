package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"bcp/journal"
	"bcp/migrations"
)

// checkKey looks at the entry of a client's key: it stands for a task that was
// submitted under it, or for what is left of one.
func (v *verifier) checkKey(key, entry []byte) error {
	id, err := journal.OpenKey(key, entry)
	if err != nil {
		return err
	}
	if row, ok := v.row(id); ok {
		other, err := journal.DecodeKey(id, row)
		if err == nil && !bytes.Equal(other, key) {
			return fmt.Errorf("key %q stands for task %s, whose key is %q", key, id, other)
		}
		return nil // a row that is damaged is told with its bucket
	}
	sealed, found, err := v.image.get(bucketGone, id[:])
	switch {
	case err != nil:
		return nil
	case !found:
		return fmt.Errorf("key %q stands for task %s, which is not there", key, id)
	}
	if stone, err := journal.OpenTombstone(id, sealed); err == nil && stone.Key != string(key) {
		return fmt.Errorf("key %q stands for task %s, whose key was %q", key, id, stone.Key)
	}
	return nil
}

// checkGone looks at a tombstone.
func (v *verifier) checkGone(id journal.ID, sealed []byte) error {
	if id.Compare(v.last) > 0 {
		v.last = id
	}
	stone, err := journal.OpenTombstone(id, sealed)
	if err != nil {
		return err
	}
	v.noteKey(id, stone.Key)
	if row, err := v.image.of(id); err == nil && row != nil {
		return errors.New("the task is there as well")
	}
	return nil
}

// isBound tells whether a key stands for a task.
func (v *verifier) isBound(key string) bool {
	_, found, err := v.image.get(bucketKeys, []byte(key))
	return found || err != nil // where a page is damaged, that has been told
}

// noteKey notes it if the key of a task that has ended stands for none. Another task
// that came later under the key may be forgotten before it, with the key, for it was
// kept for less long, or the clock was set back: then that is how it has to be. If the
// entry is lost, the sum of the bucket tells.
func (v *verifier) noteKey(id journal.ID, key string) {
	if key == "" || v.isBound(key) {
		return
	}
	v.tell(journal.Problem{
		Bucket: string(bucketKeys), Task: id, Note: true,
		What: fmt.Sprintf("its key %q stands for no task: a later one under it is forgotten, if the sum of the bucket is right", key),
	})
}

// checkStamp looks at an entry of an index by time.
func (v *verifier) checkStamp(bucket string, key []byte) error {
	at, err := stampOf([]byte(bucket), key)
	if err != nil {
		return err
	}
	_, id := at.Split()
	if bucket == migrations.Ages {
		if _, found, err := v.image.get(bucketGone, id[:]); !found && err == nil {
			return fmt.Errorf("task %s has no tombstone", journal.ID(id))
		}
		return nil
	}
	l, err := v.image.ended(id)
	if err != nil {
		return nil
	}
	if l.row == nil || journal.IsEmptySeal(l.row) {
		return fmt.Errorf("task %s has not ended, or is forgotten", journal.ID(id))
	}
	end, _, err := journal.DecodeEnd(id, l.row)
	if err == nil && !(place{[]byte(bucket), key}).is(&end) {
		return fmt.Errorf("task %s is to be forgotten at another time", journal.ID(id))
	}
	return nil
}
