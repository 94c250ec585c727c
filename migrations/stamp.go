package migrations

import "encoding/binary"

// Stamp is a moment and a task, as a key whose order is that of time, then of
// IDs: the entries of the indexes by time.
type Stamp [8 + 16]byte

// signBit makes unsigned order of signed numbers.
const signBit = 1 << 63

// NewStamp returns the stamp of a moment in Unix milliseconds.
func NewStamp(atMS int64, id [16]byte) (s Stamp) {
	binary.BigEndian.PutUint64(s[:], uint64(atMS)^signBit)
	copy(s[8:], id[:])
	return s
}

// Split returns what the stamp was made of.
func (s Stamp) Split() (atMS int64, id [16]byte) {
	copy(id[:], s[8:])
	return int64(binary.BigEndian.Uint64(s[:]) ^ signBit), id
}
