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

func checksum(id []byte, version byte, content []byte) uint32 {
	sum := crc32.Update(0, castagnoli, id)
	sum = crc32.Update(sum, castagnoli, []byte{version})
	return crc32.Update(sum, castagnoli, content)
}

// extendSum continues the checksum of what is sealed over more content.
func extendSum(sum uint32, more []byte) uint32 { return crc32.Update(sum, castagnoli, more) }

// openSeal places an empty seal at the end of dst.
func openSeal(dst []byte) []byte { return append(dst, sealVersion, 0, 0, 0, 0) }

// setSum closes a seal.
func setSum(sealed []byte, sum uint32) { binary.BigEndian.PutUint32(sealed[1:sealBytes], sum) }

// verify returns the content of what was sealed for the task, and its checksum.
func verify(id, sealed []byte) (content []byte, sum uint32, err error) {
	if len(sealed) < sealBytes {
		return nil, 0, errShort
	}
	if sealed[0] != sealVersion {
		return nil, 0, fmt.Errorf("%w %d", errVersion, sealed[0])
	}
	sum = binary.BigEndian.Uint32(sealed[1:sealBytes])
	content = sealed[sealBytes:]
	if checksum(id, sealVersion, content) != sum {
		return nil, 0, errChecksum
	}
	return content, sum, nil
}

// AppendBlob appends a sealed payload of the task to dst.
func AppendBlob(dst []byte, id ID, payload []byte) []byte {
	start := len(dst)
	dst = append(openSeal(dst), payload...)
	setSum(dst[start:], checksum(id[:], sealVersion, payload))
	return dst
}

// OpenBlob returns the payload that was sealed for the task. It points into
// blob. Any damage is an error that wraps ErrCorrupt.
func OpenBlob(id ID, blob []byte) ([]byte, error) {
	content, _, err := verify(id[:], blob)
	if err != nil {
		return nil, corrupt(id, "payload", err)
	}
	return content, nil
}

func corrupt(id ID, what string, cause error) error {
	return fmt.Errorf("%w: %s of task %s: %w", ErrCorrupt, what, id, cause)
}
