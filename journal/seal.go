package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// What is stored is sealed: it leads with a version and a checksum that also
// covers the task it belongs to, so that a block which a disk returns for
// another one is seen as the damage that it is.
//
//	sealed  +---------+---------+------------------------------+
//	        | version | CRC-32C | content                      |
//	        | 1 byte  | 4 bytes | records of a row, or a blob  |
//	        +---------+---------+------------------------------+
//	                       |
//	                       over: task ID, version, content (big endian)
const (
	sealVersion = 1
	sealBytes   = 1 + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Causes of ErrCorrupt, for its text.
var (
	errShort    = errors.New("too short")
	errVersion  = errors.New("unknown version")
	errChecksum = errors.New("checksum does not match")
)

// extendSum continues the checksum of what is sealed over more content.
func extendSum(sum uint32, more []byte) uint32 { return crc32.Update(sum, castagnoli, more) }

// openSeal places an empty seal at the end of dst, and returns the checksum of
// what it covers already. It lends itself the room for that in dst: an array
// of its own would be on the heap.
func openSeal(dst []byte, id ID) ([]byte, uint32) { return openSealAs(dst, id, sealVersion) }

func openSealAs(dst []byte, id ID, version byte) ([]byte, uint32) {
	start := len(dst)
	dst = append(append(dst, id[:]...), version)
	sum := extendSum(0, dst[start:])
	return append(dst[:start], version, 0, 0, 0, 0), sum
}

// setSum writes the checksum into a seal.
func setSum(sealed []byte, sum uint32) { binary.BigEndian.PutUint32(sealed[1:sealBytes], sum) }

// closeSeal closes a seal behind which all of its content is by now.
func closeSeal(sealed []byte, sum uint32) { setSum(sealed, extendSum(sum, sealed[sealBytes:])) }

// verify returns the content of what was sealed for the task, and its checksum.
func verify(id *ID, sealed []byte) (content []byte, sum uint32, err error) {
	return verifyAs(id, sealed, sealVersion)
}

func verifyAs(id *ID, sealed []byte, version byte) (content []byte, sum uint32, err error) {
	if len(sealed) < sealBytes {
		return nil, 0, errShort
	}
	if sealed[0] != version {
		return nil, 0, fmt.Errorf("%w %d", errVersion, sealed[0])
	}
	sum = binary.BigEndian.Uint32(sealed[1:sealBytes])
	if sumOf(id, sealed) != sum {
		return nil, 0, errChecksum
	}
	return sealed[sealBytes:], sum, nil
}

// sumOf computes the checksum over what is sealed for the task.
func sumOf(id *ID, sealed []byte) uint32 {
	return extendSum(extendSum(extendSum(0, id[:]), sealed[:1]), sealed[sealBytes:])
}

// CheckSeal tells whether something is as it was sealed for the task. Any damage is
// an error that wraps ErrCorrupt.
func CheckSeal(id ID, sealed []byte) error {
	if _, _, err := verify(&id, sealed); err != nil {
		return corrupt(id, "row", err)
	}
	return nil
}

// IsEmptySeal tells whether nothing was sealed, as no row is.
func IsEmptySeal(sealed []byte) bool { return len(sealed) == sealBytes }

// AppendBlob appends a sealed payload of the task to dst.
func AppendBlob(dst []byte, id ID, payload []byte) []byte {
	start := len(dst)
	dst, sum := openSeal(dst, id)
	dst = append(dst, payload...)
	closeSeal(dst[start:], sum)
	return dst
}

// appendSealed appends one record to dst, sealed for the task.
func appendSealed(dst []byte, id ID, r *Record) []byte {
	start := len(dst)
	dst, sum := openSeal(dst, id)
	dst = appendRecord(dst, r)
	closeSeal(dst[start:], sum)
	return dst
}

// OpenBlob returns the payload that was sealed for the task. It points into
// blob. Any damage is an error that wraps ErrCorrupt.
func OpenBlob(id ID, blob []byte) ([]byte, error) {
	content, _, err := verify(&id, blob)
	if err != nil {
		return nil, corrupt(id, "payload", err)
	}
	return content, nil
}

func corrupt(id ID, what string, cause error) error {
	return fmt.Errorf("%w: %s of task %s: %w", ErrCorrupt, what, id, cause)
}
