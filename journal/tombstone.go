package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Tombstone is what is left of a task that had a client's key, after it has
// ended and was forgotten: enough to tell a late repetition of its submit.
type Tombstone struct {
	Task    ID
	Key     string
	Digest  [16]byte // of the submit: see Spec
	State   State    // in which it ended
	EndedMS int64    // Unix milliseconds
}

// Bury returns the tombstone of a task that has ended.
func (t *Task) Bury() Tombstone {
	return Tombstone{Task: t.ID, Key: t.Spec.Key, Digest: t.Spec.Digest, State: t.State, EndedMS: t.EndedMS}
}

// Text tells how the task ended.
func (t *Tombstone) Text() string {
	return fmt.Sprintf("task %s ended as %s at %s, and is forgotten", t.Task, t.State, time.UnixMilli(t.EndedMS).UTC().Format(time.RFC3339))
}

// A tombstone is sealed like a row. Its content:
//
//	+-----------+---------+---------+----------+
//	| digest 16 | state 1 | ended 8 | key      |   big endian
//	+-----------+---------+---------+----------+
const tombstoneBytes = 16 + 1 + 8

var errTombstone = errors.New("no such tombstone can be")

// Append appends the sealed tombstone to dst.
func (t *Tombstone) Append(dst []byte) []byte {
	content := make([]byte, 0, tombstoneBytes+len(t.Key))
	content = append(append(content, t.Digest[:]...), byte(t.State))
	content = binary.BigEndian.AppendUint64(content, uint64(t.EndedMS))
	return AppendBlob(dst, t.Task, append(content, t.Key...))
}

// OpenTombstone returns the tombstone that was sealed for the task. Any damage is
// an error that wraps ErrCorrupt.
func OpenTombstone(id ID, sealed []byte) (Tombstone, error) {
	content, _, err := verify(&id, sealed)
	if err == nil && (len(content) < tombstoneBytes || !State(content[16]).Ended()) {
		err = errTombstone
	}
	if err != nil {
		return Tombstone{}, corrupt(id, "tombstone", err)
	}
	t := Tombstone{Task: id, State: State(content[16]), Key: string(content[tombstoneBytes:])}
	copy(t.Digest[:], content)
	t.EndedMS = int64(binary.BigEndian.Uint64(content[17:]))
	return t, nil
}
