package journal

import (
	"encoding/binary"
	"fmt"
)

// An engine's entry of a client's key: which task was submitted under it.
//
//	+---------+---------+
//	| CRC-32C | task 16 |   big endian; the checksum is over key and task
//	+---------+---------+
const keyEntryBytes = 4 + 16

// AppendKey appends to dst the entry of a client's key.
func AppendKey(dst, key []byte, id ID) []byte {
	dst = binary.BigEndian.AppendUint32(dst, extendSum(extendSum(0, key), id[:]))
	return append(dst, id[:]...)
}

// OpenKey returns the task in the entry of a client's key. Any damage is an error
// that wraps ErrCorrupt and names the key.
func OpenKey(key, entry []byte) (id ID, err error) {
	switch {
	case len(entry) != keyEntryBytes:
		err = errShort
	case extendSum(extendSum(0, key), entry[4:]) != binary.BigEndian.Uint32(entry):
		err = errChecksum
	}
	if err != nil {
		return id, fmt.Errorf("%w: entry of key %q: %w", ErrCorrupt, key, err)
	}
	copy(id[:], entry[4:])
	return id, nil
}
