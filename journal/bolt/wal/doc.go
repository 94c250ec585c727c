// Package wal is a write-ahead log in a region of a file: what is committed stands here
// first, one entry behind the other, until it is elsewhere as well.
//
//	Log.Write(entry) --> the half that is in use, at its next block; then a sync
//
//	region   +------------------------------------+------------------------------------+
//	         | entry 7 | entry 8 | entry 3 ...    | entry 4 | entry 5 | entry 6 |      |
//	         +------------------------------------+------------------------------------+
//	           one half: 7 and 8 are the latest     the other half: from before
//
//	entry    +-------+--------+------+----------+-----------+----------+---------+---
//	         | magic | length | mark | sequence | sum of    | sum of   | content | up to a
//	         | 4     | 4      | 8    | number 8 | content 4 | header 4 |         | block's end
//	         +-------+--------+------+----------+-----------+----------+---------+---
//	         big endian; the sums are CRC-32C
//
// One half is written while what stands in the other is brought elsewhere: Turn changes to
// the other half when all in there is done with. Nobody has to empty a half. Sequence numbers
// rise by one, so what is left from before is known by its number. The mark is random, and
// each opening of the file has another one: whatever a client may have put into the content of
// an entry, it is not taken for one.
//
// Invariants:
//
//   - An entry begins at a block, and shares none: a write that is cut off does no harm to
//     what was durable before.
//   - One entry at a time is on its way to the disk. So of those behind the last one that
//     is whole at most one was begun, and that one nobody was told of.
//   - Read finds all entries behind a number, or tells that one is damaged. The one that it
//     can't tell from one that was cut off is the very last.
package wal
