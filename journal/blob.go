package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Blob names a payload that was written apart from any commit, with Store.Stage,
// for a record to refer to. So a large payload doesn't pass through a commit,
// where everybody would wait for it.
type Blob struct {
	ID   ID // not a task's
	Size int
}

// BlobMin is from how many bytes on a payload is written apart, unless a broker is told
// otherwise.
const BlobMin = 256 << 10

// IsZero tells whether there is no such payload.
func (b Blob) IsZero() bool { return b.ID.IsZero() }

// PayloadSize returns the bytes of the record's payload, wherever it is.
func (r *Record) PayloadSize() int { return max(r.Size, len(r.Payload), r.Blob.Size) }

// In the place of a payload's bytes, sealed for its task, can stand a reference to
// its blob. The versions of their seals tell them apart.
//
//	+---------+---------+---------+--------+
//	| version | CRC-32C | blob 16 | size 8 |   big endian
//	+---------+---------+---------+--------+
const (
	refVersion = 2
	refBytes   = 16 + 8
)

var errRef = errors.New("no such reference can be")

// appendRef appends to dst a sealed reference to a blob.
func appendRef(dst []byte, id ID, b Blob) []byte {
	start := len(dst)
	dst, sum := openSealAs(dst, id, refVersion)
	dst = append(dst, b.ID[:]...)
	dst = binary.BigEndian.AppendUint64(dst, uint64(b.Size))
	closeSeal(dst[start:], sum)
	return dst
}

// AppendPayload appends to dst the record's payload as an engine keeps it: sealed,
// or a sealed reference to its blob.
func AppendPayload(dst []byte, r *Record) []byte {
	if r.Blob.IsZero() {
		return AppendBlob(dst, r.Task, r.Payload)
	}
	return appendRef(dst, r.Task, r.Blob)
}

// IsRef tells whether a reference stands in the place of a payload.
func IsRef(sealed []byte) bool { return len(sealed) > 0 && sealed[0] == refVersion }

// OpenPayload returns the payload that was sealed for the task, which points into
// sealed, or the blob that has it. Any damage is an error that wraps ErrCorrupt.
func OpenPayload(id ID, sealed []byte) (payload []byte, blob Blob, err error) {
	if !IsRef(sealed) {
		payload, err = OpenBlob(id, sealed)
		return payload, blob, err
	}
	content, _, err := verifyAs(&id, sealed, refVersion)
	if err == nil && len(content) != refBytes {
		err = errRef
	}
	if err != nil {
		return nil, blob, corrupt(id, "reference", err)
	}
	copy(blob.ID[:], content)
	blob.Size = int(binary.BigEndian.Uint64(content[len(blob.ID):]))
	return nil, blob, nil
}

// Open returns the payload of the blob, which points into what its file has. An error is damage,
// and leaves it to the caller to say of which file.
func (b Blob) Open(sealed []byte) ([]byte, error) {
	payload, _, err := verify(&b.ID, sealed)
	if err == nil && len(payload) != b.Size {
		err = fmt.Errorf("it has %d bytes, not %d", len(payload), b.Size)
	}
	return payload, err
}

// BlobHeadBytes is how many bytes of a blob come before its payload.
const BlobHeadBytes = sealBytes

// A BlobSeal makes the head of a blob whose payload comes in pieces.
type BlobSeal struct {
	head []byte
	sum  uint32
}

// SealBlob begins a blob.
func SealBlob(id ID) *BlobSeal {
	head, sum := openSeal(nil, id)
	return &BlobSeal{head, sum}
}

// Add takes in the next piece of the payload.
func (s *BlobSeal) Add(piece []byte) { s.sum = extendSum(s.sum, piece) }

// Check tells whether what was taken in is the payload of a blob that begins with the head.
func (s *BlobSeal) Check(head []byte) error {
	if !bytes.Equal(s.Head(), head) {
		return errChecksum
	}
	return nil
}

// Head returns what the blob begins with: the seal of the payload, which follows. Blob.Open
// opens the two together.
func (s *BlobSeal) Head() []byte {
	setSum(s.head, s.sum)
	return s.head
}
