package journal

import "encoding/binary"

// Checkpoint tells of the state that an attempt has saved for the next one. A
// task has one at most, the latest.
//
// It is no step of the task's life, and so not in its row: that would grow with
// each. Its record, KindCheckpoint, takes the place of the one before, beside the
// row, until the task ends:
//
//	+--------+---------------+-----------------+
//	| length | sealed record | sealed payload  |
//	| 2      |               |                 |
//	+--------+---------------+-----------------+
//
// Who reads the task reads the record alone, whatever the size of the payload.
type Checkpoint struct {
	Attempt uint32 // that saved it
	Seq     uint32 // rises with each one of the attempt
	SavedMS int64  // Unix milliseconds
	Size    int    // bytes; 0 tells that the one before was taken away
}

// MaxCheckpoint bounds a checkpoint, in bytes: a commit has many of them.
const MaxCheckpoint = 1<<16 - 1

// checkpointHead is the length before the record.
const checkpointHead = 2

// AppendCheckpoint appends to dst the checkpoint that the record saves, as an
// engine keeps it.
func AppendCheckpoint(dst []byte, r *Record) []byte {
	start := len(dst)
	dst = appendSealed(append(dst, 0, 0), r.Task, r)
	binary.BigEndian.PutUint16(dst[start:], uint16(len(dst)-start-checkpointHead))
	return AppendBlob(dst, r.Task, r.Payload)
}

// AddCheckpoint adds to the entry what an engine keeps of its task's checkpoint.
// Any damage is an error that wraps ErrCorrupt and names the task.
func (e *Entry) AddCheckpoint(kept []byte) error {
	record, _, err := cutCheckpoint(e.Task.ID, kept)
	if err != nil {
		return err
	}
	records, err := decodeRow(e.Task.ID, record)
	if err != nil {
		return err
	}
	if len(records) != 1 || records[0].Kind != KindCheckpoint {
		return corrupt(e.Task.ID, "checkpoint", errKind)
	}
	if err := e.Task.Apply(&records[0]); err != nil {
		return corrupt(e.Task.ID, "checkpoint", err)
	}
	e.Checkpoint = &records[0]
	return nil
}

// OpenCheckpoint returns the state in what an engine keeps of a checkpoint. It
// points into kept. Any damage is an error that wraps ErrCorrupt.
func OpenCheckpoint(id ID, kept []byte) ([]byte, error) {
	_, blob, err := cutCheckpoint(id, kept)
	if err != nil {
		return nil, err
	}
	return OpenBlob(id, blob)
}

func cutCheckpoint(id ID, kept []byte) (record, blob []byte, err error) {
	if len(kept) < checkpointHead {
		return nil, nil, corrupt(id, "checkpoint", errShort)
	}
	n := int(binary.BigEndian.Uint16(kept))
	if kept = kept[checkpointHead:]; len(kept) < n {
		return nil, nil, corrupt(id, "checkpoint", errShort)
	}
	return kept[:n], kept[n:], nil
}

// checkpoint takes a record of a checkpoint in.
func (t *Task) checkpoint(r *Record) {
	t.Checkpoint = &Checkpoint{Attempt: r.Attempt, Seq: r.Seq, SavedMS: r.Time, Size: r.PayloadSize()}
}

// saves tells whether the record is of a checkpoint that may replace the task's.
// At replay it comes after all other records, and may be of an earlier attempt
// than the current one.
func (t *Task) saves(r *Record) bool {
	if r.Attempt == 0 || r.Attempt > t.Attempt {
		return false
	}
	c := t.Checkpoint
	return c == nil || r.Attempt > c.Attempt || r.Attempt == c.Attempt && r.Seq > c.Seq
}
