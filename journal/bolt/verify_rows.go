package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"bcp/journal"
	"bcp/migrations"
)

// check looks at one entry, and at what it has to fit to. The error says what is
// wrong with it.
func (v *verifier) check(bucket string, key, value []byte) error {
	switch bucket {
	case string(bucketKeys):
		return v.checkKey(key, value)
	case migrations.Settings:
		_, err := journal.DecodeSetting(string(key), value)
		return err
	case migrations.Ends, migrations.Due, migrations.Ages:
		return v.checkStamp(bucket, key)
	case migrations.Late, migrations.LateResults, migrations.Places, migrations.Unfolded:
		return v.checkLateEntry(bucket, key, value)
	}
	id, err := idOf(key)
	if err != nil {
		return err
	}
	switch bucket {
	case string(bucketState):
		return v.checkLive(id, value)
	case string(bucketDone):
		v.checked.Ended++
		return v.checkEnded(id, value, bucketResult, id[:])
	case string(bucketOpen), string(bucketResult):
		return v.checkPayload(id, value)
	case migrations.Checkpoints:
		return v.checkCheckpoint(id, value)
	case migrations.Gone:
		return v.checkGone(id, value)
	}
	return v.checkBlob(id, value)
}

func (v *verifier) checkLive(id journal.ID, row []byte) error {
	late, damaged := v.image.over(id)
	endedLate := damaged == nil && late.row != nil
	if !endedLate {
		v.checked.Live++
	}
	e, err := journal.DecodeEntry(id, row)
	switch {
	case err != nil:
		return err
	case e.Task.State.Ended():
		return fmt.Errorf("it is %s, and stands among those that have not ended", e.Task.State)
	}
	err = errors.Join(v.has(bucketOpen, &e, e.BodySize()), v.without(bucketDone, id))
	if !endedLate {
		err = errors.Join(v.checkTask(&e), err)
	}
	return err
}

// checkEnded looks at the row of a task whose result is under a key of a bucket.
func (v *verifier) checkEnded(id journal.ID, row, results, key []byte) error {
	e, err := journal.DecodeEntry(id, row)
	switch {
	case err != nil:
		return err
	case !e.Task.State.Ended():
		return fmt.Errorf("it is %s, and stands among those that have ended", e.Task.State)
	}
	err = errors.Join(v.checkTask(&e), v.isIndexed(&e), v.hasAt(results, key, &e, e.Task.ResultSize))
	if e.Task.BodyKept || bytes.Equal(results, bucketResult) { // else it may be there until it is folded
		err = errors.Join(err, v.has(bucketOpen, &e, e.BodySize()))
	}
	return err
}

// checkTask looks at what every task has.
func (v *verifier) checkTask(e *journal.Entry) error {
	if last := e.Records[0].LastID(); last.Compare(v.last) > 0 {
		v.last = last
	}
	var err error
	if m := e.Task.Member; m != nil {
		if _, ok := v.row(m.Group); !ok {
			err = fmt.Errorf("task %s, whose member it is, is not there", m.Group)
		}
	}
	switch key := e.Task.Spec.Key; {
	case e.Task.State.Ended():
		v.noteKey(e.Task.ID, key)
	case key != "" && !v.isBound(key):
		err = errors.Join(err, fmt.Errorf("its key %q stands for no task", key))
	}
	return err
}

// row returns the row of a task, wherever it is.
func (v *verifier) row(id journal.ID) ([]byte, bool) {
	row, err := v.image.of(id)
	return row, row != nil || err != nil // where a page is damaged, that has been told
}

func (v *verifier) without(bucket []byte, id journal.ID) error {
	if _, found, _ := v.image.get(bucket, id[:]); found {
		return fmt.Errorf("it is in bucket %s as well", bucket)
	}
	return nil
}

// has tells whether a payload of so many bytes is there.
func (v *verifier) has(bucket []byte, e *journal.Entry, size int) error {
	return v.hasAt(bucket, e.Task.ID[:], e, size)
}

func (v *verifier) hasAt(bucket, key []byte, e *journal.Entry, size int) error {
	sealed, found, err := v.image.get(bucket, key)
	if err != nil {
		return nil // a damaged page, which has been told
	}
	got := 0
	if found {
		payload, blob, err := journal.OpenPayload(e.Task.ID, sealed)
		if err != nil {
			return nil // told with its bucket
		}
		got = max(len(payload), blob.Size)
	}
	if got != size {
		return fmt.Errorf("bucket %s has %d bytes of it, and there have to be %d", bucket, got, size)
	}
	return nil
}

// isIndexed tells whether a task that has ended stands where pruning looks for it.
func (v *verifier) isIndexed(e *journal.Entry) error {
	bucket, at, ok := index(&e.Records[len(e.Records)-1])
	if !ok {
		return nil
	}
	if _, found, err := v.image.get(bucket, at[:]); !found && err == nil {
		return fmt.Errorf("it has no entry in bucket %s, and would never be forgotten", bucket)
	}
	return nil
}

// checkPayload looks at a body or result: that it is whole and somebody's.
func (v *verifier) checkPayload(id journal.ID, sealed []byte) error {
	_, blob, err := journal.OpenPayload(id, sealed)
	if err != nil {
		return err
	}
	if !blob.IsZero() {
		if owner, found, err := v.image.get(bucketBlobs, blob.ID[:]); err == nil && (!found || !bytes.Equal(owner, id[:])) {
			return fmt.Errorf("its large payload %s is not known as its own", blob.ID)
		}
	}
	if _, found, _ := v.image.get(bucketState, id[:]); found {
		return nil // also if it ended late
	}
	if _, ok := v.row(id); !ok {
		return errors.New("there is no such task")
	}
	return nil
}

func (v *verifier) checkCheckpoint(id journal.ID, kept []byte) error {
	row, err := v.image.of(id)
	if err != nil {
		return nil
	}
	e, err := journal.DecodeEntry(id, row)
	switch {
	case row == nil || err == nil && e.Task.State.Ended():
		return errors.New("there is no such task that has not ended")
	case err != nil:
		return nil // told with its bucket
	}
	_, err = journal.OpenCheckpoint(id, kept)
	return errors.Join(e.AddCheckpoint(kept), err)
}

// checkBlob looks at who refers to a large payload, and has its file be read.
func (v *verifier) checkBlob(id journal.ID, owner []byte) error {
	v.checked.Blobs++
	task, err := idOf(owner)
	if err != nil {
		return err
	}
	late, err := v.image.ended(task)
	if err != nil {
		return nil
	}
	for _, at := range []struct{ bucket, key []byte }{{bucketOpen, task[:]}, {bucketResult, task[:]}, {bucketLateResults, late.place()}} {
		sealed, found, err := v.image.get(at.bucket, at.key)
		if err != nil {
			return nil
		}
		if !found || !journal.IsRef(sealed) {
			continue
		}
		if _, blob, err := journal.OpenPayload(task, sealed); err == nil && blob.ID == id {
			v.unread = append(v.unread, payloadFile{blob, task})
			return nil
		}
	}
	return fmt.Errorf("task %s, whose payload it is to be, doesn't refer to it", task)
}

// payloadFile is a large payload of a task.
type payloadFile struct {
	journal.Blob
	task journal.ID
}

// readFiles looks at the files of large payloads to which a step has come. It is called after
// the step, and not in its transaction, which would be long.
func (v *verifier) readFiles() error {
	files := blobs{folder: v.source.folder()}
	for _, f := range v.unread {
		err := v.pace.run(v.ctx, func() error {
			if _, err := files.read(f.Blob); err != nil {
				v.problem(migrations.Blobs, f.task, "%v", err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	v.unread = v.unread[:0]
	return nil
}
