package journal

import "encoding/binary"

// LiveRow is a task that has not ended, as an engine reads it at a start. There may be
// millions of them, nearly all alike, and only those that are not need to be decoded. It is
// valid until the function that it is given to returns.
type LiveRow struct {
	ID         ID
	row        []byte // sealed, and looked at
	checkpoint []byte // sealed; nil for none
}

// NewLiveRow makes one of what is sealed for the task; checkpoint is nil for none. A row
// that is damaged is an error that wraps ErrCorrupt and names the task.
func NewLiveRow(id ID, row, checkpoint []byte) (LiveRow, error) {
	return LiveRow{id, row, checkpoint}, CheckSeal(id, row)
}

// Records returns the task's records, and its checkpoint's behind them. They keep nothing
// of the row. Any damage is an error that wraps ErrCorrupt and names the task.
func (r *LiveRow) Records() ([]Record, error) {
	if r.checkpoint == nil {
		return decodeRow(r.ID, r.row)
	}
	e, err := DecodeEntry(r.ID, r.row)
	if err == nil {
		err = e.AddCheckpoint(r.checkpoint)
	}
	if err != nil {
		return nil, err
	}
	return append(e.Records, *e.Checkpoint), nil
}

// Submitted returns what the row says of a task to which nothing has happened since its
// submit, at the time in its ID: its key and digest, which are empty if it has none, and
// everything that it may ask for in common with others, as Spec.AppendShared encodes it.
// All point into the row. It is false for other tasks, and for a row that says more, or
// says it in another order.
func (r *LiveRow) Submitted() (key, digest, shared []byte, ok bool) {
	content := r.row[sealBytes:]
	if r.checkpoint != nil || len(content) == 0 || Kind(content[0]) != KindSubmit {
		return nil, nil, nil, false
	}
	length, n := binary.Uvarint(content[1:])
	if n <= 0 || length != uint64(len(content)-1-n) {
		return nil, nil, nil, false
	}
	rest := content[1+n:]
	if len(rest) > 0 && rest[0] == tagSize {
		if _, n = binary.Uvarint(rest[1:]); n <= 0 {
			return nil, nil, nil, false
		}
		rest = rest[1+n:]
	}
	key, rest = cutText(rest, tagKey)
	digest, rest = cutText(rest, tagDigest)
	return key, digest, rest, len(rest) > 0
}

// cutText takes a text off the front of encoded fields, if that is the first of them.
func cutText(fields []byte, tag byte) (text, rest []byte) {
	if len(fields) == 0 || fields[0] != tag {
		return nil, fields
	}
	size, n := binary.Uvarint(fields[1:])
	if n <= 0 || size > uint64(len(fields)-1-n) {
		return nil, fields
	}
	end := 1 + n + int(size)
	return fields[1+n : end], fields[end:]
}

// LiveReader is the part of a Store that is read at a start.
type LiveReader interface {
	Live(fn func(*LiveRow) error) error
}

// EachLive calls fn for every task that has not ended, with all its records, as
// Store.Live does.
func EachLive(s LiveReader, fn func(ID, []Record) error) error {
	return s.Live(func(row *LiveRow) error {
		records, err := row.Records()
		if err != nil {
			return err
		}
		return fn(row.ID, records)
	})
}
