package migrations

import "encoding/binary"

// Stamp is a key of an index by time. It has a time and the ID of a task. Stamps sort by time,
// and those of the same time by ID.
type Stamp [8 + 16]byte

// signBit makes unsigned order of signed numbers.
const signBit = 1 << 63

// NewStamp returns the stamp of a time, in Unix milliseconds, and the ID of a task.
func NewStamp(atMS int64, id [16]byte) (s Stamp) {
	binary.BigEndian.PutUint64(s[:], uint64(atMS)^signBit)
	copy(s[8:], id[:])
	return s
}

// Split returns the time and the ID.
func (s Stamp) Split() (atMS int64, id [16]byte) {
	copy(id[:], s[8:])
	return int64(binary.BigEndian.Uint64(s[:]) ^ signBit), id
}
