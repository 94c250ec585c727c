// Package wal is a write-ahead log in a fixed region of a file. A commit is written here
// first, as one entry behind the last one, and stays until it is durable elsewhere as well.
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
// Entries are written into one half while those of the other are being brought elsewhere. When
// these are durable there, Turn has the next entries go to that half, and write over what it
// has. Nobody has to empty a half: sequence numbers rise by one, so an entry from before is
// known by its number. The mark is random and differs for each opening of the file. So
// whatever bytes a client has put into the content of an entry, they are not taken for an
// entry.
//
// Invariants:
//
//   - An entry begins at a block and shares its blocks with no other. So a write that a crash
//     cuts off does no harm to entries that were durable before.
//   - Only one entry at a time is on its way to the disk. So at most one entry behind the last
//     whole one was begun, and nobody was told that it is committed.
//   - Read finds all entries behind a given one, or reports that one is damaged. Only damage of
//     the very last one it can't tell from an entry that a crash has cut off.
package wal
