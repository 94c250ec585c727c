package wal

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	// BlockBytes is the size of a block. Entries begin at multiples of it. No disk writes a
	// larger unit, so a write that a crash cuts off touches no entry before it.
	BlockBytes = 4096

	// HeaderBytes is the size of the header that an entry has before its content.
	HeaderBytes = 4 + 4 + 8 + 8 + 4 + 4

	magic = 0x62637077 // "bcpw"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ID identifies an entry.
type ID struct {
	Mark uint64 // random; the same for all entries of one opening of the file
	Seq  uint64 // the sequence number, which rises by one from entry to entry
}

// Begin begins an entry: it appends room for the header to dst. The caller appends the content
// behind it, and then calls Seal.
func Begin(dst []byte) []byte { return append(dst, make([]byte, HeaderBytes)...) }

// Seal fills in the header of an entry that has its content.
func Seal(entry []byte, id ID) {
	content := entry[HeaderBytes:]
	binary.BigEndian.PutUint32(entry, magic)
	binary.BigEndian.PutUint32(entry[4:], uint32(len(content)))
	binary.BigEndian.PutUint64(entry[8:], id.Mark)
	binary.BigEndian.PutUint64(entry[16:], id.Seq)
	binary.BigEndian.PutUint32(entry[24:], crc32.Checksum(content, castagnoli))
	binary.BigEndian.PutUint32(entry[28:], crc32.Checksum(entry[:28], castagnoli))
}

// Header is the header of an entry.
type Header struct {
	ID
	Length int // bytes of the content
	sum    uint32
}

// ReadHeader returns the header that the block begins with, and whether there is one whose
// checksum is right.
func ReadHeader(block []byte) (h Header, whole bool) {
	if len(block) < HeaderBytes || binary.BigEndian.Uint32(block) != magic ||
		binary.BigEndian.Uint32(block[28:]) != crc32.Checksum(block[:28], castagnoli) {
		return h, false
	}
	h.Length, h.sum = int(binary.BigEndian.Uint32(block[4:])), binary.BigEndian.Uint32(block[24:])
	h.Mark, h.Seq = binary.BigEndian.Uint64(block[8:]), binary.BigEndian.Uint64(block[16:])
	return h, true
}

// content returns the content that follows the header, if it is whole.
func (h Header) content(block []byte) ([]byte, bool) {
	if h.Length > len(block)-HeaderBytes {
		return nil, false
	}
	content := block[HeaderBytes:][:h.Length:h.Length]
	return content, crc32.Checksum(content, castagnoli) == h.sum
}

// blocks is how many bytes of blocks an entry of so many bytes takes.
func blocks(bytes int) int64 { return (int64(bytes) + BlockBytes - 1) / BlockBytes * BlockBytes }
