package journal

import "encoding/binary"

// DecodeEnd returns the end of a task that has ended, by its row, and whether the task was
// submitted under a key: as a rule no more is to be known of one that is forgotten. Of the
// other records it looks at their lengths alone. Any damage is an error that wraps
// ErrCorrupt and names the task.
func DecodeEnd(id ID, row []byte) (end Record, keyed bool, err error) {
	content, _, err := verify(&id, row)
	var last []byte
	if err == nil {
		last, err = lastRecord(content)
	}
	if err == nil && len(last) == 0 {
		err = errCut
	}
	if err == nil {
		end, err = (&reader{data: last, text: string(last)}).record(id)
	}
	if err == nil && end.Kind != KindEnd {
		err = errKind
	}
	if err != nil {
		return end, false, corrupt(id, "row", err)
	}
	return end, textIn(content, tagKey) != nil, nil
}

// DecodeKey returns the client's key that a task was submitted under, by its row, of which
// nothing else is decoded; empty for none. It points into the row. Damage, as far as it is
// seen, is an error that wraps ErrCorrupt and names the task.
func DecodeKey(id ID, row []byte) (key []byte, err error) {
	content, _, err := verify(&id, row)
	if err == nil && len(content) == 0 {
		err = errCut
	}
	if err == nil {
		err = (&reader{data: content}).pass()
	}
	if err != nil {
		return nil, corrupt(id, "row", err)
	}
	return textIn(content, tagKey), nil
}

// textIn returns a text that the first record of a row has, nil if it hasn't. The record
// is whole, and not held against what a record may have.
func textIn(content []byte, tag byte) []byte {
	rest := content[1:]
	length, n := binary.Uvarint(rest)
	for rest = rest[n:][:length]; len(rest) > 0; {
		at := rest[0]
		value, n := binary.Uvarint(rest[1:])
		if n <= 0 {
			return nil
		}
		rest = rest[1+n:]
		if at%2 == 0 {
			continue
		}
		size := min(value, uint64(len(rest)))
		if at == tag {
			return rest[:size:size]
		}
		rest = rest[size:]
	}
	return nil
}

// SubmitSize returns how many bytes of body a task was submitted with, by its row, whose
// seal it does not check; false for a row that does not begin with a submit, such as a
// member's.
func SubmitSize(row []byte) (int, bool) {
	if len(row) <= sealBytes || Kind(row[sealBytes]) != KindSubmit {
		return 0, false
	}
	size, whole := numberIn(row[sealBytes:], tagSize)
	return int(size), whole
}

// EndState returns the state in which a task has ended, by its row, of which nothing else
// is decoded; 0 for one that has not ended. Damage, as far as it is seen, is an error that
// wraps ErrCorrupt and names the task.
func EndState(id ID, row []byte) (State, error) {
	content, _, err := verify(&id, row)
	if err != nil {
		return 0, corrupt(id, "row", err)
	}
	last, err := lastRecord(content)
	if err != nil {
		return 0, corrupt(id, "row", err)
	}
	if len(last) == 0 || Kind(last[0]) != KindEnd {
		return 0, nil
	}
	state, _ := numberIn(last, tagState)
	return State(state), nil
}

// numberIn returns a number of those in front of a record's other fields, 0 if it isn't
// there; whole is false if it is cut.
func numberIn(record []byte, want byte) (value uint64, whole bool) {
	rest := record[1:]
	_, n := binary.Uvarint(rest) // the record's length
	for n > 0 && n < len(rest) {
		tag := rest[n]
		if rest = rest[n+1:]; tag > want || tag%2 != 0 {
			break // fields stand in the order in which they are appended
		}
		value, size := binary.Uvarint(rest)
		if n = size; tag == want {
			return value, n > 0
		}
	}
	return 0, true
}
