package migrations

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"go.etcd.io/bbolt"

	"bcp/journal"
)

// Summed are the buckets that have a sum, in the order of Sums. The list is append-only.
var Summed = [...]string{
	"open", "state", "done", "result", "keys", Settings, Checkpoints, Ends, Due, Ages, Gone, Blobs,
	Late, LateResults, Places, Unfolded,
}

// Sums has a sum for each of the buckets in Summed: of one number for each entry (see SumOf),
// modulo 2^64. The sums show when a page of the file is an older version of that page. All
// checksums in such a page are right, but the entries do not add up to the sum.
//
// They are in the bucket Meta, and change with every transaction. Their seal covers the
// journal's identity and schema, so that damage of these is found as well:
//
//	+---------+---------+----------+-------+---
//	| version | CRC-32C | schema 4 | sum 8 | ...   big endian; sealed for the identity
//	+---------+---------+----------+-------+---
type Sums [len(Summed)]uint64

// SumsKey is the key of the sums in the bucket Meta, and BrokerKey that of the journal's
// identity.
const (
	SumsKey   = "sums"
	BrokerKey = "broker"
)

// summedBytes is how much of a value goes into its number: a seal, or all of a value
// that has none.
const summedBytes = 20

// SumOf returns the number that stands for an entry in the sum of its bucket.
func SumOf(key, value []byte) uint64 {
	value = value[:min(len(value), summedBytes)]
	h := mixIn(uint64(len(key))<<8|uint64(len(value)), key)
	return mixIn(h, value)
}

// mixIn takes data into a number, eight bytes at a time.
func mixIn(h uint64, data []byte) uint64 {
	for ; len(data) >= 8; data = data[8:] {
		h = mix(h, binary.BigEndian.Uint64(data))
	}
	if len(data) == 0 {
		return h
	}
	var rest [8]byte
	copy(rest[:], data)
	return mix(h, binary.BigEndian.Uint64(rest[:]))
}

// mix makes a number of two in which every bit of both counts: the halves of their
// product, each made odd in bits first (as wyhash does).
func mix(h, word uint64) uint64 {
	high, low := bits.Mul64(h^0x9e3779b97f4a7c15, word^0xe7037ed1a0b428db)
	return high ^ low ^ bits.RotateLeft64(word, 29) ^ h
}

// Write writes the sums into a file of this schema.
func (s *Sums) Write(tx *bbolt.Tx, schema uint32) error {
	content := binary.BigEndian.AppendUint32(make([]byte, 0, 4+8*len(s)), schema)
	for _, n := range s {
		content = binary.BigEndian.AppendUint64(content, n)
	}
	meta := tx.Bucket([]byte(Meta))
	return meta.Put([]byte(SumsKey), journal.AppendBlob(nil, identity(meta.Get([]byte(BrokerKey))), content))
}

func identity(broker []byte) (id journal.ID) {
	copy(id[:], broker)
	return id
}

// OpenSums returns the sums from the sealed value under SumsKey, of a file with this identity
// and schema. If the value, the identity or the schema is damaged, the error wraps
// journal.ErrCorrupt.
func OpenSums(sealed, broker []byte, schema uint32) (s Sums, err error) {
	content, err := journal.OpenBlob(identity(broker), sealed)
	if err == nil && (len(content) != 4+8*len(s) || binary.BigEndian.Uint32(content) != schema) {
		err = fmt.Errorf("%w: %d bytes for schema %d", journal.ErrCorrupt, len(content), schema)
	}
	if err != nil {
		return s, fmt.Errorf("read sums, identity and schema: %w", err)
	}
	for i := range s {
		s[i] = binary.BigEndian.Uint64(content[4+8*i:])
	}
	return s, nil
}

// ReadSums reads the sums of a file from its bucket Meta.
func ReadSums(tx *bbolt.Tx) (Sums, error) {
	schema, err := Schema(tx)
	if err != nil {
		return Sums{}, err
	}
	meta := tx.Bucket([]byte(Meta))
	return OpenSums(meta.Get([]byte(SumsKey)), meta.Get([]byte(BrokerKey)), schema)
}

// reseal seals the sums for the schema that the file has now, after a step from
// another one that left them as they were.
func reseal(tx *bbolt.Tx, before uint32) error {
	meta := tx.Bucket([]byte(Meta))
	sealed := meta.Get([]byte(SumsKey))
	if sealed == nil {
		return nil // of schema 1, or no journal
	}
	if _, err := ReadSums(tx); err == nil {
		return nil // the step has written its own
	}
	sums, err := OpenSums(sealed, meta.Get([]byte(BrokerKey)), before)
	if err != nil {
		return err
	}
	return sums.Write(tx, before+1)
}

// CountSums computes the sums of a file from its entries. All buckets have to be there.
func CountSums(tx *bbolt.Tx) (s Sums, err error) {
	for i, name := range Summed {
		err = tx.Bucket([]byte(name)).ForEach(func(key, value []byte) error {
			s[i] += SumOf(key, value)
			return nil
		})
		if err != nil {
			return s, err
		}
	}
	return s, nil
}
